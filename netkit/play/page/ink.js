// ---- ink: strokes of a pen as an image like MNIST's; ink.py makes the same bytes ----
const FINE = 8;
const BOX = 20 / 28;
const PEN = 2.4 / 28;

// strokes: [[x, y], ...] each, in any unit. Returns bytes (height, width), white on black.
function inkOf(strokes, height, width) {
  const lines = strokes.filter(line => line.length);
  const bytes = new Uint8Array(height * width);
  if (!lines.length) return bytes;
  const all = lines.flat();
  const low = [Infinity, Infinity];
  const high = [-Infinity, -Infinity];
  for (const point of all)
    for (const k of [0, 1]) {
      low[k] = Math.min(low[k], point[k]);
      high[k] = Math.max(high[k], point[k]);
    }
  const side = Math.min(height, width);
  const pen = PEN * side;
  const extents = [high[0] - low[0], high[1] - low[1]];
  const extent = Math.max(...extents);
  const scale = extent > 0 ? (BOX * side - pen) / extent : 0;
  const at = [(width - extents[0] * scale) / 2, (height - extents[1] * scale) / 2];
  const ink = {
    pixels: new Uint8Array(height * FINE * width * FINE),
    height: height * FINE,
    width: width * FINE,
  };
  for (const line of lines) {
    const points = line.map(p => [0, 1].map(k => ((p[k] - low[k]) * scale + at[k]) * FINE));
    drawInk(ink, thinned(points), (pen * FINE) / 2);
  }
  const [down, right] = centring(ink);
  const area = FINE * FINE;
  const counts = new Int32Array(height * width);
  for (let y = 0; y < ink.height; y++)
    for (let x = 0; x < ink.width; x++) {
      if (!ink.pixels[y * ink.width + x]) continue;
      counts[Math.floor((y + down) / FINE) * width + Math.floor((x + right) / FINE)]++;
    }
  return bytes.map((_, k) => Math.floor((counts[k] * 255) / area + 0.5));
}

// Points without those less than a pixel from the one before; the last stays.
function thinned(points) {
  const kept = [points[0]];
  for (const point of points.slice(1)) {
    const dx = point[0] - kept[kept.length - 1][0];
    const dy = point[1] - kept[kept.length - 1][1];
    if (dx * dx + dy * dy >= 1) kept.push(point);
  }
  return [...kept, points[points.length - 1]];
}

// Sets the pixels whose centre is within `radius` of the line through points.
function drawInk(ink, points, radius) {
  for (let k = 1; k < points.length; k++) {
    const [ax, ay] = points[k - 1];
    const [bx, by] = points[k];
    const dx = bx - ax;
    const dy = by - ay;
    const left = Math.max(0, Math.floor(Math.min(ax, bx) - radius));
    const right = Math.min(ink.width, Math.floor(Math.max(ax, bx) + radius) + 1);
    const top = Math.max(0, Math.floor(Math.min(ay, by) - radius));
    const bottom = Math.min(ink.height, Math.floor(Math.max(ay, by) + radius) + 1);
    const length = dx * dx + dy * dy;
    for (let row = top; row < bottom; row++)
      for (let column = left; column < right; column++) {
        const x = column + 0.5;
        const y = row + 0.5;
        const share = length > 0 ? ((x - ax) * dx + (y - ay) * dy) / length : 0;
        const along = Math.min(Math.max(share, 0), 1);
        const ex = x - (ax + along * dx);
        const ey = y - (ay + along * dy);
        if (ex * ex + ey * ey <= radius * radius) ink.pixels[row * ink.width + column] = 1;
      }
  }
}

// How far ink moves, [down, right]: its centre of mass into the middle, with nothing cut off.
function centring(ink) {
  const rows = new Float64Array(ink.height);
  const columns = new Float64Array(ink.width);
  for (let y = 0; y < ink.height; y++)
    for (let x = 0; x < ink.width; x++) {
      if (ink.pixels[y * ink.width + x]) {
        rows[y]++;
        columns[x]++;
      }
    }
  return [rows, columns].map(mass => {
    let sum = 0;
    let moment = 0;
    let first = -1;
    let last = 0;
    for (let k = 0; k < mass.length; k++) {
      sum += mass[k];
      moment += mass[k] * k;
      if (mass[k]) {
        last = k;
        if (first < 0) first = k;
      }
    }
    const shift = Math.floor((mass.length - 1) / 2 - moment / sum + 0.5);
    return Math.min(Math.max(shift, -first), mass.length - 1 - last);
  });
}
