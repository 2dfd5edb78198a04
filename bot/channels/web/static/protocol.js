// The connection: a socket that comes back by itself, or plain requests where sockets are blocked.

const FIRST_PAUSE = 500;
const LONGEST_PAUSE = 20000;
const GREETING = 8000;
const SILENCE = 12000;
const AWAY = 20000;

export async function ask(address, body) {
  const init = { cache: "no-store", credentials: "same-origin" };
  if (body !== undefined) {
    init.method = "POST";
    init.headers = { "Content-Type": "application/json" };
    init.body = JSON.stringify(body);
  }
  const response = await fetch(address, init);
  if (!response.ok) throw Object.assign(new Error(address), { status: response.status });
  return response.json();
}

export class Connection {
  // onFrame(frame), onState("online" | "connecting" | "offline"), onLost() when not logged in
  constructor(after, { onFrame, onState, onLost }) {
    Object.assign(this, { after, onFrame, onState, onLost });
    this.pause = FIRST_PAUSE;
    this.refusals = 0;
    this.live = false;
    this.ended = false;
    this.hiddenAt = 0;
    addEventListener("online", this.wake = () => this.hurry());
    document.addEventListener("visibilitychange", this.wake);
    this.connect();
  }

  async connect() {
    if (this.ended) return;
    this.timer = 0;
    this.onState("connecting");
    try {
      const me = await ask("/api/me");
      if (me.account === null) { this.end(); this.onLost(); return; }
    } catch {
      this.retry("offline");
      return;
    }
    if (this.refusals >= 3) this.poll();
    else this.open();
  }

  open() {
    const socket = new WebSocket(`${location.origin.replace("http", "ws")}/api/socket`);
    this.socket = socket;
    const patience = setTimeout(() => socket.close(), GREETING);
    socket.onopen = () => socket.send(JSON.stringify({ t: "hello", after: this.after() }));
    socket.onmessage = ({ data }) => {
      clearTimeout(patience);
      this.refusals = 0;
      this.arrived(JSON.parse(data));
    };
    socket.onclose = () => {
      clearTimeout(patience);
      if (!this.live) this.refusals += 1;
      this.live = false;
      this.socket = null;
      this.retry("connecting");
    };
  }

  async poll() {
    try {
      while (!this.ended) {
        const { frames } = await ask(`/api/events?after=${this.after()}`);
        frames.forEach((frame) => this.arrived(frame));
      }
    } catch {
      this.refusals = 0;
      this.live = false;
      this.retry("connecting");
    }
  }

  arrived(frame) {
    clearTimeout(this.watch);
    this.watch = 0;
    if (frame.t === "sync" && !this.live) {
      this.live = true;
      this.pause = FIRST_PAUSE;
      this.onFrame(frame);
      this.onState("online");
    } else {
      this.onFrame(frame);
    }
  }

  retry(state) {
    if (this.ended) return;
    this.onState(state);
    clearTimeout(this.watch);
    this.watch = 0;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.connect(), this.pause * (0.5 + Math.random()));
    this.pause = Math.min(this.pause * 2, LONGEST_PAUSE);
  }

  // A phone that slept may hold a socket that died without a word.
  renew() {
    if (!this.socket) return;
    this.socket.onclose = this.socket.onmessage = null;
    this.socket.close();
    this.socket = null;
    this.live = false;
    this.retry("connecting");
  }

  hurry() {
    if (document.hidden) { this.hiddenAt = Date.now(); return; }
    if (this.hiddenAt && Date.now() - this.hiddenAt > AWAY) this.renew();
    this.hiddenAt = 0;
    if (!this.timer) return;
    clearTimeout(this.timer);
    this.pause = FIRST_PAUSE;
    this.connect();
  }

  // Whether the action went out; it is done only when its ack comes back.
  send(action) {
    if (!this.live) return false;
    if (!this.socket) { this.post(action); return true; }
    this.socket.send(JSON.stringify(action));
    // Everything said is answered; a socket that stays silent is dead.
    this.watch ||= setTimeout(() => { this.watch = 0; this.renew(); }, SILENCE);
    return true;
  }

  async post(action) {
    try {
      const { frames } = await ask("/api/send", action);
      frames.forEach((frame) => this.arrived(frame));
    } catch {
      this.live = false;
    }
  }

  end() {
    this.ended = true;
    clearTimeout(this.timer);
    clearTimeout(this.watch);
    removeEventListener("online", this.wake);
    document.removeEventListener("visibilitychange", this.wake);
    this.socket?.close();
  }
}
