// The map to put a pin on: the cross stays in the middle, the city is dragged under it.

import { Chart } from "./chart.js";
import { current, t } from "./i18n.js";
import { ask } from "./protocol.js";

const $ = (id) => document.getElementById(id);
const NEAR = 3000; // metres within which a sight says where one is
const SHADES = ["outside", "city", "halo", "border", "grid", "district", "sight", "venue", "ink", "soft", "tint1", "tint2", "tint3", "tint4"];

let facts = null;

// onPick(lat, lon); onMissing() when there is no map to show
export async function pickOnMap(onPick, onMissing) {
  try {
    facts ??= await ask("/api/map");
  } catch {
    facts = null;
  }
  if (facts) new Pin(new Chart(facts), onPick);
  else onMissing();
}

class Pin {
  constructor(chart, onPick) {
    Object.assign(this, { chart, onPick, fingers: new Map() });
    this.dialog = $("map");
    this.canvas = $("map-canvas");
    this.pencil = this.canvas.getContext("2d");
    $("map-here").onclick = () => this.take();
    $("map-me").onclick = () => this.locate();
    $("map-in").onclick = () => this.zoom(1.6);
    $("map-out").onclick = () => this.zoom(1 / 1.6);
    this.canvas.onpointerdown = (event) => this.down(event);
    this.canvas.onpointermove = (event) => this.drag(event);
    this.canvas.onpointerup = this.canvas.onpointercancel = (event) => this.up(event);
    this.canvas.onwheel = (event) => { event.preventDefault(); this.zoom(1.0015 ** -event.deltaY); };
    this.canvas.onkeydown = (event) => this.key(event);
    this.dialog.onclose = () => this.watch.disconnect();
    this.dialog.showModal();
    this.watch = new ResizeObserver(() => this.resize());
    this.watch.observe(this.canvas);
    this.resize();
    this.canvas.focus();
  }

  resize() {
    const { clientWidth: width, clientHeight: height } = this.canvas;
    if (!width || !height) return;
    const sharp = Math.min(3, devicePixelRatio || 1);
    this.canvas.width = width * sharp;
    this.canvas.height = height * sharp;
    this.pencil.setTransform(sharp, 0, 0, sharp, 0, 0);
    this.chart.fit(width, height);
    this.show();
  }

  show() {
    cancelAnimationFrame(this.frame);
    this.frame = requestAnimationFrame(() => this.draw());
  }

  draw() {
    const style = getComputedStyle(this.dialog);
    const paint = Object.fromEntries(SHADES.map((shade) => [shade, style.getPropertyValue(`--map-${shade}`)]));
    this.chart.draw(this.pencil, paint, named);
    const inside = this.chart.inside();
    $("map-here").disabled = !inside;
    $("map-where").textContent = inside ? this.whereabouts() : t("mapOutside");
  }

  whereabouts() {
    const found = this.chart.nearest();
    const district = this.chart.district();
    const parts = [];
    if (found && found.metres < NEAR) parts.push(`${distance(found.metres)} · ${named(found.point.name)}`);
    if (district) parts.push(named(district.name));
    return parts.join("\n") || t("mapDrag");
  }

  zoom(factor) { this.chart.zoom(factor); this.show(); }

  key({ key }) {
    const step = { ArrowLeft: [40, 0], ArrowRight: [-40, 0], ArrowUp: [0, 40], ArrowDown: [0, -40] }[key];
    if (step) { this.chart.move(...step); this.show(); }
    if (key === "+" || key === "=") this.zoom(1.6);
    if (key === "-") this.zoom(1 / 1.6);
    if (key === "Enter" && !$("map-here").disabled) this.take();
  }

  down(event) {
    this.canvas.setPointerCapture(event.pointerId);
    this.fingers.set(event.pointerId, [event.clientX, event.clientY]);
    this.dialog.classList.add("dragged");
  }

  // One finger drags, two also zoom.
  drag(event) {
    const before = this.fingers.get(event.pointerId);
    if (!before) return;
    const wide = this.spread();
    const many = this.fingers.size;
    this.fingers.set(event.pointerId, [event.clientX, event.clientY]);
    this.chart.move((event.clientX - before[0]) / many, (event.clientY - before[1]) / many);
    if (wide && this.spread()) this.chart.zoom(this.spread() / wide);
    this.show();
  }

  up(event) {
    this.fingers.delete(event.pointerId);
    if (!this.fingers.size) this.dialog.classList.remove("dragged");
  }

  spread() {
    const [one, other] = [...this.fingers.values()];
    return other ? Math.hypot(one[0] - other[0], one[1] - other[1]) : 0;
  }

  locate() {
    const denied = () => { $("map-where").textContent = t("placeDenied"); };
    if (!navigator.geolocation) { denied(); return; }
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => {
        Object.assign(this.chart, { lat: coords.latitude, lon: coords.longitude, scale: 0.45 });
        this.show();
      },
      denied,
      { enableHighAccuracy: true, timeout: 15000, maximumAge: 60000 },
    );
  }

  take() {
    const { lat, lon } = this.chart;
    this.dialog.close();
    this.onPick(Number(lat.toFixed(6)), Number(lon.toFixed(6)));
  }
}

const named = (text) => text[current()] ?? Object.values(text)[0];
Object.defineProperty(named, "units", { get: () => ({ metres: t("metres"), kilometres: t("kilometres") }) });

function distance(metres) {
  if (metres < 950) return `${Math.max(10, Math.round(metres / 10) * 10)} ${t("metres")}`;
  const format = { maximumFractionDigits: 1 };
  return `${new Intl.NumberFormat(current(), format).format(metres / 1000)} ${t("kilometres")}`;
}
