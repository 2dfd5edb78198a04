// Where the reader is in the conversation. Whoever is at the newest message stays there; whoever
// reads further up is never moved.

const NEAR = 120;
const EDGE = 8;
const TOP = 600;

export class Scroll {
  // onTop(): the reader comes near the oldest message shown
  constructor(box, log, down, missed, onTop) {
    Object.assign(this, { box, log, down, missed, onTop });
    this.following = true;
    this.anchor = null;
    this.news = 0;
    this.last = 0;
    this.own = 0;
    down.onclick = () => { this.anchor = null; this.end(true); };
    box.addEventListener("scroll", () => this.moved(), { passive: true });
    // A picture that loads, the phone's keyboard, the chips: who was at the newest stays there.
    const resized = new ResizeObserver(() => { if (this.following) this.place(); this.mark(); });
    resized.observe(box);
    resized.observe(log);
  }

  near() {
    const { scrollTop, scrollHeight, clientHeight } = this.box;
    return scrollHeight - scrollTop - clientHeight < NEAR;
  }

  moved() {
    const { scrollTop } = this.box;
    if (Math.abs(scrollTop - this.own) > 2) this.read(scrollTop);
    this.last = scrollTop;
    this.mark();
    if (scrollTop < TOP) this.onTop();
  }

  // The reader's own movement, not ours.
  read(scrollTop) {
    const held = this.anchor;
    this.anchor = null;
    this.own = -1;
    if (this.near()) { this.following = true; this.news = 0; }
    else if (held || scrollTop < this.last) this.following = false;
  }

  // The newest message: its beginning when it is taller than the screen, else its end.
  follow(node) {
    this.following = true;
    this.news = 0;
    this.anchor = node && node.offsetHeight > this.box.clientHeight - 2 * EDGE ? node : null;
    this.place();
    this.mark();
  }

  place() {
    if (this.anchor?.isConnected) this.shift(this.offset(this.anchor) - EDGE);
    else this.end();
  }

  end(smooth = false) {
    this.following = true;
    this.news = 0;
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    if (smooth && !calm) this.box.scrollTo({ top: this.box.scrollHeight, behavior: "smooth" });
    else this.shift(this.box.scrollHeight);
  }

  // How far below the upper edge a message begins.
  offset(node) { return node.getBoundingClientRect().top - this.box.getBoundingClientRect().top; }

  shift(by) {
    this.box.scrollBy({ top: by, behavior: "instant" });
    this.own = this.last = this.box.scrollTop;
  }

  // Bring a message that has changed under the finger into view.
  reveal(node) {
    const above = this.offset(node) - EDGE;
    const below = above + node.offsetHeight + 2 * EDGE - this.box.clientHeight;
    if (above < 0) this.shift(above);
    else if (below > 0) this.shift(Math.min(below, above));
    this.anchor = null;
    this.following = this.near();
    this.mark();
  }

  // Change something without moving what is being read.
  steady(work) {
    if (this.following) { work(); this.place(); return; }
    let mark = this.log.lastElementChild;
    while (mark?.previousElementSibling && this.offset(mark) > 0) mark = mark.previousElementSibling;
    if (mark?.matches(".day")) mark = mark.nextElementSibling;
    const before = mark && this.offset(mark);
    work();
    if (mark?.isConnected) this.shift(this.offset(mark) - before);
  }

  count(news) {
    this.news += news;
    this.mark();
  }

  mark() {
    this.down.hidden = this.near();
    this.missed.textContent = this.news || "";
  }
}
