// The list of messages: put in, changed in place, taken out; days and status.

import { body, keyboard } from "./bubble.js";
import { day, t, time } from "./i18n.js";
import { Scroll } from "./scroll.js";

const SHOWN = 6000;
const LONG = 6000;

function element(tag, className, text) {
  const node = document.createElement(tag);
  if (className) node.className = className;
  if (text) node.textContent = text;
  return node;
}

export class View {
  // actions: press(message, button, node), say(text), retry(cid), copy(text), look(image), earlier()
  constructor({ log, scroll, down, missed, typing, doing, older }, actions) {
    Object.assign(this, { log, typing, doing, older, actions });
    this.scroll = new Scroll(scroll, log, down, missed, () => { if (!older.hidden) actions.earlier(); });
    older.onclick = () => actions.earlier();
    this.byId = new Map();
    this.byCid = new Map();
    this.batch = null;
  }

  has(id) { return this.byId.has(id); }

  reset() {
    for (const [id, node] of this.byId) { node.remove(); this.byId.delete(id); }
    this.days();
  }

  // Many messages at once; whoever listens to a screen reader hears them when all are there.
  together(work) {
    this.batch = [];
    this.log.setAttribute("aria-busy", "true");
    this.scroll.steady(() => { work(); this.days(); });
    const { batch } = this;
    this.batch = null;
    this.log.removeAttribute("aria-busy");
    if (this.scroll.following) { if (batch.length) this.scroll.follow(this.newest()); }
    else this.scroll.count(batch.filter((node) => node.classList.contains("theirs")).length);
  }

  // Older messages, above those shown.
  prepend(messages) {
    this.log.setAttribute("aria-busy", "true");
    this.scroll.steady(() => {
      for (const message of messages) if (!this.has(message.id)) this.put(message);
      this.days();
    });
    this.log.removeAttribute("aria-busy");
  }

  newest() { return [...this.log.children].reverse().find((node) => node.matches("article")); }

  // A message from the server, new or changed; an `answer` is waited for and shown at once.
  show(message, answer) {
    const known = this.byId.get(message.id) || this.byCid.get(message.cid);
    const pressed = known?.querySelector(".key[aria-busy]");
    const focused = known?.contains(document.activeElement);
    const node = this.batch ? this.put(message) : this.placed(message, known, pressed, answer);
    if (focused) node.querySelector(".keys button")?.focus({ preventScroll: true });
    if (!message.mine) this.typing.hidden = true;
    if (!known) this.batch?.push(node);
    return !known;
  }

  placed(message, known, pressed, answer) {
    const { scroll } = this;
    let node = known;
    scroll.steady(() => { node = this.put(message); this.days(); });
    if (known) {
      if (scroll.following && node === this.newest()) scroll.follow(node);
      else if (pressed) scroll.reveal(node);
    } else if (scroll.following || message.mine || answer) scroll.follow(node);
    else scroll.count(1);
    return node;
  }

  put(message) {
    const known = this.byId.get(message.id) || this.byCid.get(message.cid);
    const node = known || element("article");
    this.fill(node, message);
    if (message.cid) this.byCid.set(message.cid, node);
    this.byId.set(message.id, node);
    if (!node.dataset.id) { node.dataset.id = message.id; this.insert(node, message.id); }
    return node;
  }

  fill(node, message) {
    const picture = node.querySelector(".photo img");
    node.className = message.mine ? "mine" : "theirs";
    node.dataset.at = message.at;
    const bubble = element("div", "bubble");
    const alone = body(bubble, message.body, this.actions, picture);
    node.classList.toggle("bare", alone);
    bubble.append(this.meta(message));
    node.replaceChildren(bubble);
    const rows = message.body.reply_markup?.inline_keyboard;
    if (rows) node.append(keyboard(rows, (button, key) => this.actions.press(message, button, key)));
    if (node.dataset.status) this.status(message.cid, node.dataset.status, node);
  }

  meta(message) {
    const meta = element("footer", "meta");
    const stamp = element("time", "", time(message.at));
    stamp.dateTime = new Date(message.at * 1000).toISOString();
    meta.append(stamp);
    if (message.mine) meta.append(element("span", "mark"));
    return meta;
  }

  // Something of mine that the server does not know yet. It stands at the end.
  pend(item, content) {
    if (this.byCid.has(item.cid)) return this.byCid.get(item.cid);
    const node = element("article");
    this.fill(node, { ...item, mine: true, body: content });
    this.byCid.set(item.cid, node);
    this.log.append(node);
    this.status(item.cid, "sending");
    this.days();
    this.scroll.follow(node);
    return node;
  }

  status(cid, status, node = this.byCid.get(cid)) {
    if (!node) return;
    node.dataset.status = status;
    const mark = node.querySelector(".mark");
    if (mark) { mark.setAttribute("role", "img"); mark.setAttribute("aria-label", t(status)); }
    node.querySelector(".again")?.remove();
    if (status === "failed") {
      const again = element("button", "again", t("failed"));
      again.type = "button";
      again.onclick = () => { this.status(cid, "sending"); this.actions.retry(cid); };
      node.append(again);
    }
  }

  progress(cid, part) {
    this.byCid.get(cid)?.style.setProperty("--progress", `${Math.round(part * 100)}%`);
    if (part === 1) this.busy(cid, "reading");
  }

  // What is being done with my photo, in words under it; "" when it is done.
  busy(cid, stage) {
    const node = this.byCid.get(cid);
    if (node?.dataset.stage === stage) return;
    if (node) node.dataset.stage = stage;
    clearTimeout(this.patience);
    this.stage = stage;
    this.doing.textContent = stage && t(stage);
    this.scroll.steady(() => { this.typing.hidden = !stage; });
    if (stage !== "reading") return;
    this.patience = setTimeout(() => { this.doing.textContent = t("readingOn"); }, LONG);
  }

  drop(cid) {
    const node = this.byCid.get(cid);
    if (node && !node.dataset.id) node.remove();
    this.byCid.delete(cid);
    this.days();
  }

  remove(id) {
    this.scroll.steady(() => {
      this.byId.get(id)?.remove();
      this.byId.delete(id);
      this.days();
    });
  }

  // Behind the last message with a smaller number; what is not sent yet stands at the end.
  insert(node, id) {
    let other = this.log.lastElementChild;
    while (other && !(other !== node && Number(other.dataset.id) < id)) {
      other = other.previousElementSibling;
    }
    if (!other) this.log.prepend(node);
    else if (other.nextElementSibling !== node) other.after(node);
  }

  // One line before the first message of each day, and the rounding of neighbours. Lines that
  // are right stay, so that nobody hears them again.
  days() {
    let last = "";
    let previous = null;
    let line = null;
    for (const node of [...this.log.children]) {
      if (!node.matches("article")) { line?.remove(); line = node; continue; }
      const name = day(Number(node.dataset.at));
      if (name === last) line?.remove();
      else if (!line) node.before(element("div", "day", name));
      else if (line.textContent !== name) line.textContent = name;
      node.classList.toggle("follows", name === last && previous.classList[0] === node.classList[0]);
      last = name;
      previous = node;
      line = null;
    }
    line?.remove();
  }

  type() {
    this.scroll.steady(() => { this.typing.hidden = false; });
    clearTimeout(this.timer);
    this.timer = setTimeout(() => { if (!this.stage) this.typing.hidden = true; }, SHOWN);
  }
}
