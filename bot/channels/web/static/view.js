// The list of messages: put in, changed in place, taken out; days, status, scrolling.

import { body, keyboard } from "./bubble.js";
import { day, t, time } from "./i18n.js";

const NEAR = 160;

function element(tag, className, text) {
  const node = document.createElement(tag);
  if (className) node.className = className;
  if (text) node.textContent = text;
  return node;
}

export class View {
  // actions: press(message, button, node), say(text), retry(cid), copy(text), look(image)
  constructor({ log, scroll, down, missed, typing }, actions) {
    Object.assign(this, { log, scroll, down, missed, typing, actions });
    this.byId = new Map();
    this.byCid = new Map();
    this.news = 0;
    down.onclick = () => this.toEnd(true);
    this.atEnd = true;
    let top = 0;
    const moved = () => {
      if (this.near()) this.seen();
      else if (scroll.scrollTop < top) this.atEnd = false;
      top = scroll.scrollTop;
    };
    scroll.addEventListener("scroll", moved, { passive: true });
    // A picture that loads, the phone's keyboard, the chips: who was at the end stays there.
    const resized = new ResizeObserver(() => { if (this.atEnd) this.toEnd(); });
    resized.observe(scroll);
    resized.observe(log);
  }

  near() {
    const { scrollTop, scrollHeight, clientHeight } = this.scroll;
    return scrollHeight - scrollTop - clientHeight < NEAR;
  }

  toEnd(smooth = false) {
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    this.scroll.scrollTo({ top: this.scroll.scrollHeight, behavior: smooth && !calm ? "smooth" : "instant" });
    this.seen();
  }

  seen() {
    this.atEnd = true;
    this.news = 0;
    this.down.hidden = true;
    this.missed.textContent = "";
  }

  reset() {
    for (const [id, node] of this.byId) { node.remove(); this.byId.delete(id); }
    this.days();
  }

  // A message from the server, new or changed.
  show(message) {
    const stay = this.atEnd;
    const known = this.byId.get(message.id) || (message.cid && this.byCid.get(message.cid));
    const node = known || element("article");
    const focused = known && known.contains(document.activeElement);
    this.fill(node, message);
    if (message.cid) this.byCid.set(message.cid, node);
    this.byId.set(message.id, node);
    if (!known || !known.dataset.id) { node.dataset.id = message.id; this.insert(node, message.id); }
    if (focused) node.querySelector(".keys button")?.focus({ preventScroll: true });
    if (!message.mine) this.typing.hidden = true;
    this.days();
    if (stay || (message.mine && !known)) this.toEnd();
    else if (!known) this.announce();
    return !known;
  }

  announce() {
    this.news += 1;
    this.missed.textContent = this.news;
    this.down.hidden = false;
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
    this.toEnd();
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
  }

  drop(cid) {
    const node = this.byCid.get(cid);
    if (node && !node.dataset.id) node.remove();
    this.byCid.delete(cid);
    this.days();
  }

  remove(id) {
    this.byId.get(id)?.remove();
    this.byId.delete(id);
    this.days();
  }

  insert(node, id) {
    let after = null;
    for (const other of [...this.log.querySelectorAll("article")].reverse()) {
      if (other !== node && other.dataset.id && Number(other.dataset.id) < id) { after = other; break; }
    }
    if (after) { if (after.nextElementSibling !== node) after.after(node); } else this.log.prepend(node);
  }

  // One line before the first message of each day, and the rounding of neighbours.
  days() {
    for (const line of this.log.querySelectorAll(".day")) line.remove();
    let last = "";
    let previous = null;
    for (const node of this.log.querySelectorAll("article")) {
      const name = day(Number(node.dataset.at));
      if (name !== last) node.before(element("div", "day", name));
      const same = name === last && previous.classList[0] === node.classList[0];
      node.classList.toggle("follows", same);
      last = name;
      previous = node;
    }
  }

  type() {
    const stay = this.atEnd;
    this.typing.hidden = false;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => { this.typing.hidden = true; }, 6000);
    if (stay) this.toEnd();
  }
}
