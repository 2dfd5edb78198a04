// What was said and not yet acknowledged. It survives a reload and is repeated under the same
// id until the server says that it was handled, for a day: longer nobody remembers the id.

const DAY = 86400;
export const now = () => Math.floor(Date.now() / 1000);
export const isFresh = (item) => now() - item.at < DAY;

export const newId = () => {
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
};

export class Outbox {
  constructor(account, send) {
    this.key = `outbox-${account}`;
    this.send = send;
    this.items = JSON.parse(localStorage.getItem(this.key) || "[]");
  }

  put(action) {
    const item = { cid: newId(), at: now(), ...action };
    this.items.push(item);
    this.save();
    this.deliver(item);
    return item;
  }

  flush() {
    for (const item of this.items) if (!item.failed && isFresh(item)) this.deliver(item);
  }

  // What has waited for more than a day goes out only when the guest says so.
  late() { return this.items.filter((item) => !item.failed && !isFresh(item)); }

  deliver({ at, failed, ...action }) {
    return this.send(action);
  }

  done(cid) {
    const item = this.items.find((one) => one.cid === cid);
    this.items = this.items.filter((one) => one !== item);
    this.save();
    return item;
  }

  later(cid, seconds) {
    const item = this.items.find((one) => one.cid === cid);
    setTimeout(() => { if (item && this.items.includes(item)) this.deliver(item); }, seconds * 1000);
  }

  fail(cid) {
    const item = this.items.find((one) => one.cid === cid);
    if (item) { item.failed = true; this.save(); }
    return item;
  }

  retry(cid) {
    const item = this.items.find((one) => one.cid === cid);
    if (!item) return;
    delete item.failed;
    item.at = now();
    this.save();
    this.deliver(item);
  }

  save() {
    // A press is of the moment: after a reload its message may mean something else.
    const kept = this.items.filter((item) => item.t !== "press");
    localStorage.setItem(this.key, JSON.stringify(kept));
  }
}
