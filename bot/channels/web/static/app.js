// The page: the first screen, the chat around the conversation, menus and boxes.

import { icon } from "./bubble.js";
import { Chat } from "./chat.js";
import { current, dress, LANGUAGES, nameOf, cityName, speak, t } from "./i18n.js";
import { newId } from "./outbox.js";
import { ask } from "./protocol.js";
import { pickOnMap } from "./pin.js";
import { View } from "./view.js";

const $ = (id) => document.getElementById(id);
let chat = null;
let commands = [];
let unread = 0;
let installer = null;

// --- small boxes

function toast(text) {
  const box = $("toast");
  box.textContent = text;
  box.classList.add("shown");
  clearTimeout(toast.timer);
  toast.timer = setTimeout(() => box.classList.remove("shown"), 2200 + text.length * 45);
}

function box(text, question = false) {
  $("alert-text").textContent = text;
  $("alert-no").hidden = !question;
  const dialog = $("alert");
  if (dialog.open) dialog.close();
  dialog.returnValue = "no";
  dialog.showModal();
  $("alert-yes").focus();
  return new Promise((done) => { dialog.onclose = () => done(dialog.returnValue === "yes"); });
}

function sheet(items) {
  const dialog = $("sheet");
  const nodes = items.map(([picture, label, hint, action]) => {
    const item = document.createElement("button");
    item.type = "button";
    item.className = "item";
    if (picture) item.append(icon(picture));
    for (const [className, text] of [["label", label], ["hint", hint]]) {
      const part = document.createElement("span");
      part.className = className;
      part.textContent = text;
      item.append(part);
    }
    item.onclick = () => { dialog.close(); action(); };
    return item;
  });
  $("sheet-items").replaceChildren(...nodes);
  dialog.showModal();
}

for (const dialog of document.querySelectorAll("dialog")) {
  dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });
}

function look(address) {
  $("viewer-image").src = address;
  $("viewer").showModal();
}

// --- the conversation

const parts = ["log", "scroll", "down", "missed", "typing", "doing", "older"].map((id) => [id, $(id)]);
const view = new View(Object.fromEntries(parts), {
  look,
  say: (text) => chat.say(text),
  retry: (cid) => chat.retry(cid),
  earlier: () => chat.earlier(),
  press: (message, button, node) => {
    if (button.copy_text) copy(button.copy_text.text);
    else chat.press(message, button.callback_data, node);
  },
});

async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    toast(`${t("copied")}: ${text}`);
  } catch {
    box(text);
  }
}

function keyboard(wanted) {
  const chips = $("chips");
  chips.hidden = !wanted;
  $("input").placeholder = wanted?.placeholder || t("message");
  chips.replaceChildren(...(wanted?.rows || []).flat().flatMap((button) => {
    if (!button.request_location) return [chipOf(button.text, () => chat.say(button.text), wanted)];
    return [chipOf(button.text, sendPlace, wanted), chipOf(t("onMap"), sendPin, wanted)];
  }));
  fade();
}

function chipOf(text, action, { once }) {
  const chip = document.createElement("button");
  chip.type = "button";
  chip.className = "chip";
  chip.textContent = text;
  chip.onpointerdown = (event) => event.preventDefault();
  chip.onclick = () => {
    action();
    if (once) keyboard(null);
  };
  return chip;
}

// The edge fades while there are more chips behind it.
function fade() {
  const { scrollLeft, clientWidth, scrollWidth } = $("chips");
  $("chips").classList.toggle("more", scrollLeft + clientWidth < scrollWidth - 8);
}
$("chips").addEventListener("scroll", fade, { passive: true });
new ResizeObserver(fade).observe($("chips"));

function state(name) {
  clearTimeout(state.timer);
  const late = () => {
    $("status").textContent = t(name);
    $("status").dataset.state = name;
    $("banner").hidden = name === "online";
    $("banner").textContent = t("banner");
  };
  // A short break is nobody's business.
  state.timer = setTimeout(late, name === "online" || name === "offline" ? 0 : 1500);
  if (!$("status").textContent) $("status").textContent = t("connecting");
}

function count() {
  if (!document.hidden) return;
  unread += 1;
  document.title = `(${unread}) ${cityName("title")}`;
  navigator.setAppBadge?.(unread).catch(() => {});
}

document.addEventListener("visibilitychange", () => {
  if (document.hidden) return;
  unread = 0;
  document.title = cityName("title");
  navigator.clearAppBadge?.().catch(() => {});
});

function enter(account, payload) {
  localStorage.setItem("account", account);
  $("landing").hidden = true;
  $("chat").hidden = false;
  const ui = { view, toast, alert: box, keyboard, state, unread: count };
  ui.commands = (list) => { commands = list; };
  chat = new Chat(account, ui, lost);
  if (payload !== null) chat.start(payload);
  if (matchMedia("(pointer: fine)").matches) $("input").focus();
}

function lost() {
  localStorage.removeItem("account");
  localStorage.setItem("language", current());
  sessionStorage.setItem("left", "yes");
  location.replace("/");
}

// --- the composer

const input = $("input");

function grow() {
  input.rows = Math.min(6, (input.value.match(/\n/g) || []).length + 1);
  if (input.rows === 1 && input.scrollHeight > input.clientHeight + 4) {
    input.rows = Math.min(6, Math.ceil(input.scrollHeight / 24));
  }
  $("composer").classList.toggle("filled", input.value.trim() !== "");
  $("chips").classList.toggle("away", input.value.trim() !== "");
}

function submit() {
  const text = input.value.trim();
  if (!text) return;
  chat.say(text);
  input.value = "";
  grow();
}

input.addEventListener("input", grow);
input.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
  event.preventDefault();
  submit();
});
input.addEventListener("paste", (event) => {
  const images = [...event.clipboardData.files].filter((file) => file.type.startsWith("image/"));
  sendPhotos(images);
  if (images.length) event.preventDefault();
});
$("composer").addEventListener("submit", (event) => { event.preventDefault(); submit(); });
$("send").onpointerdown = (event) => event.preventDefault();

for (const id of ["camera", "gallery"]) {
  $(id).onchange = async ({ target }) => {
    await sendPhotos([...target.files]);
    target.value = "";
  };
}

// Photos that were chosen together stay together.
async function sendPhotos(files) {
  const album = files.length > 1 ? newId() : "";
  for (const file of files) await chat.photo(file, album);
}

async function sendPlace() {
  if (!(await box(t("placeWhy"), true))) return;
  const denied = () => box(t("placeDenied"));
  if (!navigator.geolocation) { denied(); return; }
  navigator.geolocation.getCurrentPosition(
    ({ coords }) => chat.place(coords.latitude, coords.longitude),
    denied,
    { enableHighAccuracy: true, timeout: 15000, maximumAge: 60000 },
  );
}

function sendPin() {
  pickOnMap((lat, lon) => chat.place(lat, lon), () => box(t("mapMissing")));
}

$("attach").onclick = () => sheet([
  ["camera", t("camera"), "", () => $("camera").click()],
  ["gallery", t("gallery"), "", () => $("gallery").click()],
  ["place", t("place"), "", sendPlace],
  ["map", t("onMap").replace("🗺 ", ""), "", sendPin],
]);

$("more").onclick = () => sheet([
  ...commands.map(({ command, description }) =>
    ["", description, `/${command}`, () => chat.say(`/${command}`)]),
  ...(installer ? [["install", t("install"), "", () => installer.prompt()]] : []),
  ["leave", t("leave"), "", leave],
]);

async function leave() {
  if (!(await box(t("leaveWhy"), true))) return;
  try {
    await ask("/api/leave", {});
  } catch {
    toast(t("offline"));
    return;
  }
  chat.end();
  lost();
}

// --- the first screen

function landing(payload) {
  $("landing").hidden = false;
  const picks = LANGUAGES.map((code) => {
    const pick = document.createElement("button");
    pick.type = "button";
    pick.textContent = nameOf(code);
    pick.lang = code;
    pick.setAttribute("aria-pressed", code === current());
    pick.onclick = () => { speak(code); landing(payload); };
    return pick;
  });
  document.querySelector(".languages").replaceChildren(...picks);
  if (sessionStorage.getItem("left")) $("landing-note").textContent = t("left");
  $("begin").onclick = () => begin(payload);
}

async function begin(payload) {
  $("begin").disabled = true;
  try {
    const wish = { start: payload || "", language: current() };
    const { account } = await ask("/api/start", wish);
    sessionStorage.clear();
    enter(account, null);
  } catch ({ status }) {
    $("landing-note").textContent = t(status === 429 ? "busyStart" : "noStart");
  }
  $("begin").disabled = false;
}

// `?start=…` is taken out of the address at once and used once.
function takePayload() {
  const address = new URL(location.href);
  const payload = address.searchParams.get("start");
  if (payload !== null && /^[\w-]{0,64}$/.test(payload)) sessionStorage.setItem("start", payload);
  if (address.search) history.replaceState(null, "", "/");
  return sessionStorage.getItem("start");
}

async function main() {
  dress();
  const payload = takePayload();
  let account = localStorage.getItem("account");
  try {
    ({ account } = await ask("/api/me"));
  } catch {
    // Without the server the chat opens as it was left, and says that there is no connection.
  }
  if (account) {
    sessionStorage.removeItem("start");
    enter(account, payload);
  } else {
    localStorage.removeItem("account");
    landing(payload);
  }
  if ("serviceWorker" in navigator) navigator.serviceWorker.register("/sw.js").catch(() => {});
}

addEventListener("beforeinstallprompt", (event) => { event.preventDefault(); installer = event; });
main();
