// Draws a city from little: its outline, its districts, what one finds one's way by. No streets.

const METRES = 111195; // in a degree of latitude
const TINTS = ["tint1", "tint2", "tint3", "tint4"];
const STEPS = [50, 100, 200, 500, 1000, 2000, 5000];

export class Chart {
  // facts: the answer of /api/map
  constructor(facts) {
    this.facts = facts;
    this.squeeze = Math.cos((facts.centre[0] * Math.PI) / 180);
    [this.lat, this.lon] = facts.centre;
    this.scale = 0; // pixels a metre
  }

  // Sizes in CSS pixels.
  fit(width, height) {
    const { south, north, west, east } = this.facts.bounds;
    const across = Math.max(1, (east - west) * METRES * this.squeeze);
    const down = Math.max(1, (north - south) * METRES);
    this.least = Math.min(width / across, height / down) * 0.9;
    this.most = 0.9;
    Object.assign(this, { width, height });
    if (!this.scale) this.scale = Math.max(this.least, width / 2600);
    this.zoom(1);
  }

  zoom(factor) {
    this.scale = Math.min(this.most, Math.max(this.least, this.scale * factor));
  }

  move(dx, dy) {
    const { south, north, west, east } = this.facts.bounds;
    const lat = this.lat + dy / this.scale / METRES;
    const lon = this.lon - dx / this.scale / METRES / this.squeeze;
    this.lat = Math.min(north, Math.max(south, lat));
    this.lon = Math.min(east, Math.max(west, lon));
  }

  at(lat, lon) {
    return [
      this.width / 2 + (lon - this.lon) * METRES * this.squeeze * this.scale,
      this.height / 2 - (lat - this.lat) * METRES * this.scale,
    ];
  }

  metres({ lat, lon }) {
    return Math.hypot((lat - this.lat) * METRES, (lon - this.lon) * METRES * this.squeeze);
  }

  // What the middle of the map is near to.
  nearest() {
    const around = this.facts.points.map((point) => ({ point, metres: this.metres(point) }));
    return around.sort((one, other) => one.metres - other.metres)[0] ?? null;
  }

  district() { return this.facts.districts.find(({ outline }) => holds(outline, this.lat, this.lon)); }

  inside() {
    const { outline } = this.facts;
    return outline.length < 3 || holds(outline, this.lat, this.lon);
  }

  // paint: colours by name; name: picks the language of a text
  draw(pencil, paint, name) {
    pencil.clearRect(0, 0, this.width, this.height);
    pencil.fillStyle = paint.outside;
    pencil.fillRect(0, 0, this.width, this.height);
    this.city(pencil, paint);
    this.grid(pencil, paint);
    this.districts(pencil, paint, name);
    this.points(pencil, paint, name);
    this.ruler(pencil, paint, name);
  }

  path(pencil, outline) {
    pencil.beginPath();
    outline.forEach(([lat, lon], n) => pencil[n ? "lineTo" : "moveTo"](...this.at(lat, lon)));
    pencil.closePath();
  }

  city(pencil, paint) {
    const { outline } = this.facts;
    if (outline.length < 3) {
      pencil.fillStyle = paint.city;
      pencil.fillRect(0, 0, this.width, this.height);
      return;
    }
    this.path(pencil, outline);
    pencil.lineJoin = "round";
    pencil.strokeStyle = paint.halo;
    pencil.lineWidth = 12;
    pencil.stroke();
    pencil.fillStyle = paint.city;
    pencil.fill();
    pencil.strokeStyle = paint.border;
    pencil.lineWidth = 2;
    pencil.stroke();
  }

  // Lines at round distances, so that a drag is felt where nothing else is drawn.
  grid(pencil, paint) {
    const step = STEPS.find((metres) => metres * this.scale > 56) ?? STEPS.at(-1);
    const tall = step / METRES;
    const wide = step / METRES / this.squeeze;
    const half = [this.height / 2 / this.scale / METRES, this.width / 2 / this.scale / METRES / this.squeeze];
    pencil.strokeStyle = paint.grid;
    pencil.lineWidth = 1;
    pencil.beginPath();
    for (let n = Math.ceil((this.lat - half[0]) / tall); n * tall <= this.lat + half[0]; n += 1) {
      const y = Math.round(this.at(n * tall, this.lon)[1]) + 0.5;
      pencil.moveTo(0, y);
      pencil.lineTo(this.width, y);
    }
    for (let n = Math.ceil((this.lon - half[1]) / wide); n * wide <= this.lon + half[1]; n += 1) {
      const x = Math.round(this.at(this.lat, n * wide)[0]) + 0.5;
      pencil.moveTo(x, 0);
      pencil.lineTo(x, this.height);
    }
    pencil.stroke();
  }

  districts(pencil, paint, name) {
    const { outline, districts } = this.facts;
    pencil.save();
    if (outline.length >= 3) { this.path(pencil, outline); pencil.clip(); }
    pencil.strokeStyle = paint.district;
    pencil.lineWidth = 1;
    districts.forEach((district, n) => {
      this.path(pencil, district.outline);
      pencil.fillStyle = paint[TINTS[n % TINTS.length]];
      pencil.fill();
      pencil.stroke();
    });
    pencil.restore();
    if (this.scale > 0.06) return;
    pencil.font = "600 13px system-ui, sans-serif";
    pencil.textAlign = "center";
    pencil.fillStyle = paint.soft;
    for (const district of districts) {
      const [lat, lon] = middle(district.outline);
      const [x, y] = this.at(lat, lon);
      lines(name(district.name), 16).forEach((line, n) => pencil.fillText(line, x, y + 17 * n));
    }
  }

  points(pencil, paint, name) {
    const seen = this.facts.points
      .map((point) => ({ point, large: point.kind === "sight", at: this.at(point.lat, point.lon) }))
      .filter(({ at: [x, y] }) => x > -40 && y > -20 && x < this.width + 40 && y < this.height + 20);
    for (const { point, large, at: [x, y] } of seen) {
      dot(pencil, x, y, large ? 6 : 4.5, paint[point.kind] ?? paint.soft, paint.city);
    }
    const taken = seen.map(({ at: [x, y] }) => [x - 6, y - 6, 12, 12]);
    // The pin stands in the middle.
    taken.push([this.width / 2 - 26, this.height / 2 - 66, 52, 70]);
    for (const { point, large, at: [x, y] } of seen) {
      if (large || this.scale > 0.16) label(pencil, paint, taken, name(point.name), x, y, this.width);
    }
  }

  ruler(pencil, paint, name) {
    const metres = STEPS.findLast((step) => step * this.scale <= 110) ?? STEPS[0];
    const length = metres * this.scale;
    const y = this.height - 14;
    pencil.strokeStyle = paint.ink;
    pencil.lineWidth = 2;
    pencil.beginPath();
    pencil.moveTo(16, y - 5);
    pencil.lineTo(16, y);
    pencil.lineTo(16 + length, y);
    pencil.lineTo(16 + length, y - 5);
    pencil.stroke();
    pencil.fillStyle = paint.ink;
    pencil.font = "500 12px system-ui, sans-serif";
    pencil.textAlign = "left";
    const { metres: m, kilometres: km } = name.units;
    pencil.fillText(metres < 1000 ? `${metres} ${m}` : `${metres / 1000} ${km}`, 22, y - 7);
  }
}

function dot(pencil, x, y, radius, colour, ring) {
  pencil.beginPath();
  pencil.arc(x, y, radius, 0, 7);
  pencil.fillStyle = colour;
  pencil.fill();
  pencil.strokeStyle = ring;
  pencil.lineWidth = 2;
  pencil.stroke();
}

// A name around its dot, where there is room for it; in two lines, as names are long.
function label(pencil, paint, taken, text, x, y, width) {
  pencil.font = "500 12.5px system-ui, sans-serif";
  const words = shortened(lines(text, 20));
  const long = Math.max(...words.map((line) => pencil.measureText(line).width));
  const tall = 15 * words.length;
  const places = [
    [x + 10, y - tall / 2], [x - 10 - long, y - tall / 2], [x - long / 2, y + 9], [x - long / 2, y - 9 - tall],
  ];
  const box = places
    .map(([left, top]) => [left, top, long, tall])
    .find((each) => each[0] > 2 && each[0] + long < width - 2 && taken.every((other) => apart(each, other)));
  if (!box) return;
  taken.push(box);
  pencil.textAlign = "left";
  pencil.lineJoin = "round";
  pencil.strokeStyle = paint.city;
  pencil.lineWidth = 4;
  pencil.fillStyle = paint.ink;
  words.forEach((line, n) => {
    pencil.strokeText(line, box[0], box[1] + 12 + 15 * n);
    pencil.fillText(line, box[0], box[1] + 12 + 15 * n);
  });
}

const apart = (one, other) =>
  one[0] > other[0] + other[2] + 3 || one[0] + one[2] + 3 < other[0]
  || one[1] > other[1] + other[3] || one[1] + one[3] < other[1];

function shortened(words) {
  const [first, second, ...rest] = words;
  if (second === undefined) return [first];
  return [first, rest.length ? `${second.slice(0, 18).trimEnd()}…` : second];
}

function lines(text, most) {
  return text.split(" ").reduce((all, word) => {
    const last = all.at(-1);
    if (last && last.length + word.length < most) all[all.length - 1] = `${last} ${word}`;
    else all.push(word);
    return all;
  }, []);
}

const middle = (corners) => [0, 1].map((n) => {
  const values = corners.map((corner) => corner[n]);
  return (Math.min(...values) + Math.max(...values)) / 2;
});

function holds(outline, lat, lon) {
  let inside = false;
  outline.forEach(([lat1, lon1], n) => {
    const [lat2, lon2] = outline[(n + 1) % outline.length];
    if (lat1 > lat !== lat2 > lat && lon < lon1 + ((lat - lat1) / (lat2 - lat1)) * (lon2 - lon1)) {
      inside = !inside;
    }
  });
  return inside;
}
