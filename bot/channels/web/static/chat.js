// One logged-in conversation: frames in, actions out.

import { remember } from "./bubble.js";
import { speak, t } from "./i18n.js";
import { ask, Connection } from "./protocol.js";
import { isFresh, newId, now, Outbox } from "./outbox.js";
import { Drawer, misfit, smaller, upload } from "./upload.js";

const TRIES = 5;
const PAUSE = 2000;

export class Chat {
  // ui: view, toast(text), alert(text), keyboard(keyboard), commands(list), state(name), unread()
  constructor(account, ui, onLost) {
    this.ui = ui;
    this.seq = 0;
    this.oldest = 0;
    this.pressed = new Map();
    this.photos = new Map();
    this.misses = 0;
    this.outbox = new Outbox(account, (action) => this.connection?.send(action));
    this.drawer = new Drawer(account);
    this.outbox.items.forEach((item) => this.pend(item));
    this.connection = new Connection(() => this.seq, {
      onFrame: (frame) => this[frame.t]?.(frame),
      onState: (state) => this.state(state),
      onLost,
    });
    this.recall();
  }

  end() { this.connection.end(); }

  state(state) {
    this.ui.state(state);
    if (state !== "online") return;
    for (const { cid, t: kind } of this.outbox.late()) {
      if (kind === "start") this.outbox.done(cid);
      else this.error({ code: "failed", cid });
    }
    this.outbox.flush();
    this.misses = 0;
    this.sendPhotos();
  }

  // --- frames of the server

  sync({ seq, reset, earlier, language, keyboard, commands, changes }) {
    if (reset) {
      this.ui.view.reset();
      this.seq = 0;
      this.reach(earlier ? changes[0].id : 0);
    }
    this.quiet = this.seq === 0;
    speak(language);
    this.ui.view.together(() => changes.forEach((frame) => this[frame.t](frame)));
    this.quiet = false;
    this.seq = seq;
    this.ui.keyboard(keyboard);
    this.ui.commands(commands);
    this.outbox.items.forEach((item) => this.pend(item));
  }

  message(frame) {
    this.seq = Math.max(this.seq, frame.seq);
    // Older than what is shown: it will come with its page, as it is then.
    if (frame.id < this.oldest && !this.ui.view.has(frame.id)) return;
    const local = this.photos.get(frame.cid)?.local;
    if (local && frame.body.photo) remember(frame.body.photo.at(-1).file_id, local);
    const isNew = this.ui.view.show(frame, this.pressed.size > 0);
    if (frame.mine) this.ui.view.status(frame.cid, this.waits(frame.cid) ? "sending" : "sent");
    else if (isNew && !this.quiet) this.ui.unread();
  }

  edit(frame) { this.message(frame); }

  // Everything from this message on is shown; 0 when there is nothing before it.
  reach(oldest) {
    this.oldest = oldest;
    this.ui.view.older.hidden = !oldest;
  }

  async earlier() {
    const before = this.oldest;
    if (!before || this.fetching) return;
    this.fetching = true;
    try {
      const { frames, earlier } = await ask(`/api/history?before=${before}`);
      if (this.oldest === before) {
        this.ui.view.prepend(frames);
        this.reach(earlier ? frames[0].id : 0);
      }
    } catch {
      this.ui.toast(t("offline"));
    }
    this.fetching = false;
  }

  delete({ seq, id }) {
    this.seq = Math.max(this.seq, seq);
    this.ui.view.remove(id);
  }

  keyboard({ keyboard }) { this.ui.keyboard(keyboard); }
  commands({ commands }) { this.ui.commands(commands); }
  language({ language }) { speak(language); }
  typing() { this.ui.view.type(); }
  toast({ text }) { if (text) this.ui.toast(text); }
  alert({ text }) { if (text) this.ui.alert(text); }

  ack({ cid }) {
    this.release(cid);
    this.outbox.done(cid);
    this.ui.view.status(cid, "sent");
  }

  error({ code, cid, retry_after: seconds }) {
    if (code === "slow") { this.outbox.later(cid, seconds); return; }
    const item = this.outbox.items.find((one) => one.cid === cid);
    this.release(cid);
    if (code === "failed" && item && item.t !== "press") {
      this.outbox.fail(cid);
      this.ui.view.status(cid, "failed");
      return;
    }
    this.outbox.done(cid);
    if (code === "stale") this.ui.view.status(cid, "sent");
    this.ui.view.drop(cid);
    if (code === "stale") this.ui.alert(t(item && item.t !== "press" ? "late" : "stale"));
    else if (code === "failed") this.ui.toast(t("failed"));
  }

  // --- actions of the guest

  say(text) { this.pend(this.outbox.put({ t: "say", text })); }
  place(lat, lon) { this.pend(this.outbox.put({ t: "place", lat, lon })); }
  start(payload) { this.outbox.put({ t: "start", payload }); }

  press(message, data, node) {
    if (node.getAttribute("aria-busy")) return;
    node.setAttribute("aria-busy", "true");
    const { cid } = this.outbox.put({ t: "press", message_id: message.id, data });
    this.pressed.set(cid, node);
  }

  retry(cid) {
    const photo = this.photos.get(cid);
    if (photo) { delete photo.failed; photo.at = now(); this.misses = 0; this.sendPhotos(); }
    this.outbox.retry(cid);
  }

  // Photos of one `album` were chosen together.
  async photo(file, album = "") {
    const cid = newId();
    const item = { cid, at: now(), album };
    this.keep(item, file);
    if (this.connection.live && !this.sending) this.ui.view.busy(cid, "sendingPhoto");
    const blob = await smaller(file);
    const wrong = await misfit(blob);
    if (wrong) { this.refuse(cid, wrong); return; }
    item.blob = blob;
    await this.drawer.put({ cid, at: item.at, blob, album });
    this.sendPhotos();
  }

  // --- what is on its way

  pend(item) {
    if (item.t === "say") this.ui.view.pend(item, { text: item.text });
    if (item.t === "place") {
      this.ui.view.pend(item, { location: { latitude: item.lat, longitude: item.lon } });
    }
    if (item.failed) this.ui.view.status(item.cid, "failed");
  }

  waits(cid) {
    return this.photos.get(cid)?.blob || this.outbox.items.some((item) => item.cid === cid);
  }

  release(cid) {
    this.pressed.get(cid)?.removeAttribute("aria-busy");
    this.pressed.delete(cid);
  }

  keep(item, shown) {
    item.local = URL.createObjectURL(shown);
    this.photos.set(item.cid, item);
    this.ui.view.pend(item, { local: item.local });
  }

  async recall() {
    for (const item of await this.drawer.all()) if (!this.photos.has(item.cid)) this.keep(item, item.blob);
    this.sendPhotos();
  }

  async sendPhotos() {
    if (this.sending || !this.connection?.live) return;
    this.sending = true;
    for (const item of this.photos.values()) {
      if (!item.blob || item.failed) continue;
      if (!isFresh(item)) { this.failPhoto(item); continue; }
      if (!(await this.sendPhoto(item))) break;
    }
    this.sending = false;
  }

  // A photo that will never be taken.
  refuse(cid, code) {
    this.photos.delete(cid);
    this.ui.view.busy(cid, "");
    this.ui.view.drop(cid);
    this.ui.alert(t(code) || t("failed"));
  }

  // Whether the next one may go; after a broken connection they wait.
  async sendPhoto(item) {
    const { view } = this.ui;
    view.busy(item.cid, "sendingPhoto");
    try {
      const frame = await upload(item, item.blob, (part) => view.progress(item.cid, part));
      this.misses = 0;
      if (frame.t === "error" && frame.code === "failed") throw new Error("failed");
      await this.drawer.drop(item.cid);
      item.blob = null;
      const stale = frame.code === "stale";
      if (frame.t === "ack" || stale) view.status(item.cid, "sent");
      if (frame.t !== "ack") this.refuse(item.cid, stale ? "late" : frame.code);
      return true;
    } catch (reason) {
      if (reason === 0 && this.missed()) return false;
      this.failPhoto(item);
      return true;
    } finally {
      view.busy(item.cid, "");
    }
  }

  // Whether there will be another try: with the next connection, and by the clock for as long as
  // this one seems to hold.
  missed() {
    this.misses += 1;
    if (this.misses >= TRIES) return false;
    clearTimeout(this.again);
    this.again = setTimeout(() => this.sendPhotos(), PAUSE * 2 ** this.misses);
    return true;
  }

  failPhoto(item) {
    item.failed = true;
    this.ui.view.status(item.cid, "failed");
  }
}
