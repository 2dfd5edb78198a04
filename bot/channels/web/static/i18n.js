// The words of the chat's own furniture. What the bot says arrives already translated.

const WORDS = {
  ru: {
    name: "Русский", begin: "Начать",
    promise1: "Фотографируйте чеки — получайте баллы",
    promise2: "Меняйте баллы на приятное в кафе и музеях",
    promise3: "Узнавайте город и помогайте ему",
    anonymous: "Без телефона и паролей. Нажмите, и беседа начнётся.",
    language: "Язык", menu: "Меню", conversation: "Переписка", newest: "К новым сообщениям", older: "Показать раньше",
    quick: "Быстрые ответы", composer: "Новое сообщение", attach: "Прикрепить",
    message: "Сообщение", send: "Отправить", cancel: "Отмена", ok: "Хорошо", close: "Закрыть",
    photo: "Фотография", online: "на связи", connecting: "соединяюсь…", offline: "нет связи",
    banner: "Нет связи. Напишите — отправлю, как только она появится.",
    noStart: "Нет связи с сервером. Проверьте интернет и нажмите ещё раз.",
    busyStart: "Сейчас слишком много новых гостей. Попробуйте через минуту.",
    camera: "Сфотографировать", gallery: "Выбрать из галереи", place: "Отправить моё место",
    placeWhy: "Место отправится в эту беседу один раз. Следить за вами никто не будет. Отправить?",
    placeDenied: "Телефон не дал узнать место. Разрешите доступ в настройках браузера.",
    onMap: "🗺 На карте", mapTitle: "Где это?", mapHere: "Здесь", mapDrag: "Подвиньте карту под булавку",
    mapHonest: "Это схема: улиц на ней нет, границы примерные. Ищите знакомые места.",
    mapHow: "Схема города. Двигайте стрелками, приближайте плюсом, ставьте булавку клавишей Enter",
    mapOutside: "Это уже за границей города. Подвиньте карту обратно.", mapMissing: "Карту показать не получилось. Напишите адрес словами.",
    closer: "Ближе", farther: "Дальше", placeMe: "Где я", metres: "м", kilometres: "км",
    location: "Моё место", openMap: "Открыть карту", download: "Скачать",
    copied: "Скопировано", sending: "отправляется", sent: "отправлено",
    failed: "Не отправилось. Нажмите, чтобы повторить",
    today: "Сегодня", yesterday: "Вчера", commands: "Команды", install: "Установить на телефон",
    leave: "Выйти на этом устройстве",
    leaveWhy: "Если карта не связана с мессенджером, вернуться в неё будет нельзя. Выйти?",
    stale: "Эта кнопка уже не действует. Показываю свежее сообщение.",
    late: "Вы отправили это больше суток назад. Если ответа не было, отправьте, пожалуйста, ещё раз.",
    sendingPhoto: "Отправляю снимок…", reading: "Смотрю на снимок…",
    readingOn: "Снимок непростой, смотрю внимательнее…",
    too_large: "Картинка слишком большая. Пришлите, пожалуйста, фото поменьше.",
    not_an_image: "Я понимаю только картинки. Пришлите, пожалуйста, фото чека.",
    heic: "Этот файл в формате HEIC, а его я открыть не могу. Снимите чек прямо здесь, кнопкой с камерой, или пришлите снимок экрана.",
    pdf: "Это PDF. Откройте его и пришлите, пожалуйста, снимок экрана с QR-кодом чека.",
    too_many: "На сегодня снимков достаточно. Приходите завтра.",
    left: "Вы вышли. Возвращайтесь, когда захотите.", spoiler: "Скрытый текст. Нажмите, чтобы открыть",
  },
  en: {
    name: "English", begin: "Start",
    promise1: "Photograph receipts, collect points",
    promise2: "Spend points on treats in cafés and museums",
    promise3: "Discover the city and help it",
    anonymous: "No phone number, no passwords. Tap, and we start talking.",
    language: "Language", menu: "Menu", conversation: "Conversation", newest: "To new messages", older: "Show earlier",
    quick: "Quick replies", composer: "New message", attach: "Attach",
    message: "Message", send: "Send", cancel: "Cancel", ok: "OK", close: "Close",
    photo: "Photo", online: "online", connecting: "connecting…", offline: "no connection",
    banner: "No connection. Write anyway: it goes out as soon as we are back.",
    noStart: "The server cannot be reached. Check the internet and tap again.",
    busyStart: "Too many new guests right now. Please try again in a minute.",
    camera: "Take a photo", gallery: "Choose from gallery", place: "Send my location",
    placeWhy: "Your location goes into this chat once. Nobody will follow you. Send it?",
    placeDenied: "The phone did not share the location. Allow it in the browser's settings.",
    onMap: "🗺 On the map", mapTitle: "Where is it?", mapHere: "Here", mapDrag: "Drag the map under the pin",
    mapHonest: "A sketch: no streets, and the borders are rough. Look for places you know.",
    mapHow: "A sketch of the city. Move it with the arrow keys, zoom with plus, put the pin with Enter",
    mapOutside: "This is outside of the city. Please drag the map back.", mapMissing: "The map could not be shown. Please write the address.",
    closer: "Closer", farther: "Farther", placeMe: "Where I am", metres: "m", kilometres: "km",
    location: "My location", openMap: "Open map", download: "Download",
    copied: "Copied", sending: "sending", sent: "sent",
    failed: "Not sent. Tap to try again",
    today: "Today", yesterday: "Yesterday", commands: "Commands", install: "Install on this phone",
    leave: "Log out on this device",
    leaveWhy: "Unless the card is linked to a messenger, you cannot come back to it. Log out?",
    stale: "This button no longer works. Here is the message as it is now.",
    late: "You sent this more than a day ago. If there was no answer, please send it again.",
    sendingPhoto: "Sending your photo…", reading: "Reading your photo…",
    readingOn: "A tricky one, looking closer…",
    too_large: "This picture is too large for me. Please send a smaller photo.",
    not_an_image: "I can only read pictures. Please send a photo of the receipt.",
    heic: "This file is in the format HEIC, which I cannot open. Please photograph the receipt right here, with the camera button, or send a screenshot.",
    pdf: "This is a PDF. Please open it and send me a screenshot with the QR code of the receipt.",
    too_many: "That is enough pictures for today. Come back tomorrow.",
    left: "You are logged out. Come back any time.", spoiler: "Hidden text. Tap to reveal",
  },
  zh: {
    name: "中文", begin: "开始",
    promise1: "拍下小票，积累积分",
    promise2: "在咖啡馆和博物馆兑换礼遇",
    promise3: "发现城市，也为城市出力",
    anonymous: "无需手机号和密码，点一下即可开始对话。",
    language: "语言", menu: "菜单", conversation: "对话", newest: "查看新消息", older: "更早的消息",
    quick: "快捷回复", composer: "新消息", attach: "添加",
    message: "消息", send: "发送", cancel: "取消", ok: "好的", close: "关闭",
    photo: "照片", online: "在线", connecting: "正在连接…", offline: "无连接",
    banner: "没有网络。您可以继续输入，恢复后会自动发送。",
    noStart: "无法连接服务器。请检查网络后再试。",
    busyStart: "新访客太多，请一分钟后再试。",
    camera: "拍照", gallery: "从相册选择", place: "发送我的位置",
    placeWhy: "位置只会发送到本对话一次，不会持续跟踪。要发送吗？",
    placeDenied: "手机没有提供位置。请在浏览器设置中允许。",
    onMap: "🗺 在地图上", mapTitle: "在哪里？", mapHere: "就在这里", mapDrag: "拖动地图，让图钉对准位置",
    mapHonest: "这是示意图：没有街道，边界也只是大致范围。请参照您熟悉的地点。",
    mapHow: "城市示意图。用方向键移动，加号放大，回车放下图钉",
    mapOutside: "这里已经在市外，请把地图拖回来。", mapMissing: "无法显示地图，请直接写下地址。",
    closer: "放大", farther: "缩小", placeMe: "我的位置", metres: "米", kilometres: "公里",
    location: "我的位置", openMap: "打开地图", download: "下载",
    copied: "已复制", sending: "发送中", sent: "已发送",
    failed: "未发送，点按重试",
    today: "今天", yesterday: "昨天", commands: "命令", install: "安装到手机",
    leave: "在此设备上退出",
    leaveWhy: "如果卡片没有绑定聊天软件，退出后将无法找回。确定退出吗？",
    stale: "这个按钮已失效，消息已更新。",
    late: "这是您一天多以前发送的。如果没有收到回复，请再发一次。",
    sendingPhoto: "正在发送照片…", reading: "正在识别照片…",
    readingOn: "有点难认，再仔细看看…",
    too_large: "图片太大了，请发送小一点的照片。",
    not_an_image: "我只能识别图片，请发送小票的照片。",
    heic: "这是 HEIC 格式的文件，我打不开。请直接在这里用相机按钮拍摄小票，或发送屏幕截图。",
    pdf: "这是 PDF 文件。请打开它，把带有小票二维码的屏幕截图发给我。",
    too_many: "今天的图片已经够多了，请明天再来。",
    left: "您已退出，欢迎随时回来。", spoiler: "隐藏文字，点按显示",
  },
};

export const LANGUAGES = Object.keys(WORDS);
const city = JSON.parse(document.querySelector("meta[name=city]").content);
let language = choose(localStorage.getItem("language"), ...navigator.languages);

function choose(...wishes) {
  const known = wishes.map((wish) => (wish || "").slice(0, 2)).find((wish) => wish in WORDS);
  return known || city.language;
}

export const current = () => language;
export const t = (key) => WORDS[language][key] ?? "";
export const nameOf = (code) => WORDS[code].name;
export const cityName = (kind) => city[kind][language] ?? city[kind][city.language];

export function speak(code) {
  if (code in WORDS) language = code;
  localStorage.setItem("language", language);
  dress();
}

export function dress() {
  document.documentElement.lang = language;
  document.title = cityName("title");
  const each = (name, put) => {
    for (const node of document.querySelectorAll(`[data-${name}]`)) put(node, node.dataset[name]);
  };
  each("t", (node, key) => { node.textContent = t(key); });
  each("city", (node, key) => { node.textContent = cityName(key); });
  each("label", (node, key) => node.setAttribute("aria-label", t(key)));
  each("placeholder", (node, key) => { node.placeholder = t(key); });
}

export function time(seconds) {
  // The bot writes 24 hours in every language; so do we.
  const format = { hour: "2-digit", minute: "2-digit", hourCycle: "h23" };
  return new Intl.DateTimeFormat(language, format).format(seconds * 1000);
}

export function day(seconds) {
  const then = new Date(seconds * 1000);
  const midnight = new Date();
  midnight.setHours(0, 0, 0, 0);
  const ago = Math.ceil((midnight - then) / 86400000);
  if (ago <= 0) return t("today");
  if (ago === 1) return t("yesterday");
  const year = then.getFullYear() === midnight.getFullYear() ? undefined : "numeric";
  return new Intl.DateTimeFormat(language, { day: "numeric", month: "long", year }).format(then);
}
