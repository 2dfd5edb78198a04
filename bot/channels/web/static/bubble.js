// What is inside one bubble, and the buttons under it.

import { link, nodesOf } from "./entities.js";
import { t } from "./i18n.js";

function element(tag, className, text) {
  const node = document.createElement(tag);
  if (className) node.className = className;
  if (text) node.textContent = text;
  return node;
}

export function icon(name) {
  const space = "http://www.w3.org/2000/svg";
  const image = document.createElementNS(space, "svg");
  const use = document.createElementNS(space, "use");
  use.setAttribute("href", `#i-${name}`);
  image.setAttribute("aria-hidden", "true");
  image.append(use);
  return image;
}

function pin(name) {
  const box = element("span", "pin");
  box.append(icon(name));
  return box;
}

const preview = new Map();

// The picture just taken is shown from the phone's own memory, also after the server has it.
export function remember(fileId, address) { preview.set(fileId, address); }

export function mapAddress({ latitude, longitude }, name = "") {
  if (/Android/.test(navigator.userAgent)) {
    return `geo:${latitude},${longitude}?q=${latitude},${longitude}(${encodeURIComponent(name)})`;
  }
  const point = `mlat=${latitude}&mlon=${longitude}#map=17/${latitude}/${longitude}`;
  return `https://www.openstreetmap.org/?${point}`;
}

function photo({ photo: sizes, local }, look, old) {
  const best = sizes?.at(-1);
  const address = local || preview.get(best.file_id) || `/api/files/${best.file_id}`;
  const frame = element("button", "photo");
  frame.type = "button";
  frame.setAttribute("aria-label", t("photo"));
  const image = old?.getAttribute("src") === address ? old : element("img");
  image.alt = "";
  if (best) image.style.aspectRatio = `${best.width} / ${best.height}`;
  if (image.getAttribute("src") !== address) image.src = address;
  frame.append(image);
  frame.onclick = () => look(address);
  return frame;
}

function place({ venue, location }) {
  const card = element("div", "venue");
  card.append(pin("place"));
  const words = element("div", "words");
  words.append(element("strong", "", venue?.title || t("location")));
  const point = `${location.latitude.toFixed(5)}, ${location.longitude.toFixed(5)}`;
  words.append(element("span", "", venue?.address || point));
  const map = link(mapAddress(location, venue?.title), t("openMap"));
  map.className = "map";
  words.append(map);
  card.append(words);
  return card;
}

function file({ file_id: id, file_name: name, file_size: size }) {
  const card = element("a", "document");
  card.href = `/api/files/${id}`;
  card.download = name;
  card.append(pin("file"));
  const words = element("div", "words");
  words.append(element("strong", "", name));
  const kilobytes = Math.max(1, Math.round(size / 1024));
  words.append(element("span", "", `${kilobytes} KB · ${t("download")}`));
  card.append(words);
  return card;
}

// Fills the bubble; returns whether it holds a picture and nothing else.
export function body(bubble, content, actions, oldImage) {
  const picture = content.photo || content.local;
  if (picture) bubble.append(photo(content, actions.look, oldImage));
  if (content.location) bubble.append(place(content));
  if (content.document) bubble.append(file(content.document));
  const text = content.text ?? content.caption;
  if (text) {
    const words = element("div", "text");
    words.append(...nodesOf(text, content.entities || content.caption_entities, actions.say));
    bubble.append(words);
  }
  if (/^\p{Extended_Pictographic}{1,3}$/u.test(text || "")) bubble.classList.add("emoji");
  return Boolean(picture && !text);
}

export function keyboard(rows, onPress) {
  const keys = element("div", "keys");
  for (const row of rows) {
    const line = element("div", "row");
    for (const button of row) line.append(key(button, onPress));
    keys.append(line);
  }
  return keys;
}

// The sign at the beginning of a label never stands alone on a line.
const label = (text) => text.replace(/^(\p{Extended_Pictographic}\uFE0F?) /u, "$1\u00a0");

function key(button, onPress) {
  if (button.url) {
    const node = link(button.url, label(button.text));
    node.classList.add("key");
    node.append(icon("out"));
    return node;
  }
  const node = element("button", "key", label(button.text));
  node.type = "button";
  // Keep the caret in the input: a press must not close the phone's keyboard.
  node.onpointerdown = (event) => event.preventDefault();
  if (button.copy_text) node.append(icon("copy"));
  if (["success", "danger", "primary"].includes(button.style)) node.classList.add(button.style);
  node.onclick = () => onPress(button, node);
  return node;
}
