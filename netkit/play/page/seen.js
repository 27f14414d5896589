// ---- seen: the picture as the net sees it, and over it what a cell sees, boxes, what counted ----
let seenFrame = null;
let heat = null;
let looking = false;

function paintSeen() {
  const seen = $("seen");
  const over = $("over");
  const [, height, width] = facts.shape;
  for (const canvas of [seen, over]) {
    const factor = canvas === over ? Math.max(1, Math.round(448 / width)) : 1;
    if (canvas.width !== width * factor || canvas.height !== height * factor) {
      canvas.width = width * factor;
      canvas.height = height * factor;
    }
  }
  const pen = over.getContext("2d");
  const scale = over.width / width;
  pen.clearRect(0, 0, over.width, over.height);
  if (!answered) {
    seen.getContext("2d").clearRect(0, 0, width, height);
    return;
  }
  seen.getContext("2d").drawImage(pictureOf(answered.pixels, facts.shape), 0, 0);
  if (heat && looking) paintHeat(pen, scale);
  pen.lineWidth = Math.max(2, scale / 3);
  pen.strokeStyle = theme.mark;
  if (seenFrame) {
    const [[y0, x0], [y1, x1]] = seenFrame;
    pen.strokeRect(x0 * scale, y0 * scale, (x1 - x0) * scale, (y1 - y0) * scale);
  }
  for (const {
    label,
    confidence,
    box: [x0, y0, x1, y1],
  } of answered.boxes ?? []) {
    pen.strokeStyle = colourOf(label);
    pen.strokeRect(x0 * scale, y0 * scale, (x1 - x0) * scale, (y1 - y0) * scale);
    pen.font = "600 13px system-ui, sans-serif";
    const text = `${facts.classes[label]} ${confidence.toFixed(2)}`;
    const wide = pen.measureText(text).width + 8;
    const top = Math.max(0, y0 * scale - 18);
    pen.fillStyle = colourOf(label);
    pen.fillRect(x0 * scale, top, wide, 18);
    pen.fillStyle = "#000";
    pen.fillText(text, x0 * scale + 4, top + 13);
  }
}

function colourOf(label) {
  return `hsl(${(label * 67 + 20) % 360} 90% 65%)`;
}

// ---- what it looked at: how far the answer's output falls where a patch hides the picture ----
// Occlusion, as Zeiler & Fergus 2014 have it. The patch is a seventh of the picture, and has its
// ground, the median; a pixel counts as much as the patches over it do on average.
async function lookAt() {
  const { pixels, label } = answered;
  const [channels, height, width] = facts.shape;
  const area = height * width;
  const side = Math.max(2, Math.round(Math.min(height, width) / 7));
  const step = Math.max(1, side >> 1);
  const grounds = Array.from({ length: channels }, (_, c) =>
    median(pixels.subarray(c * area, (c + 1) * area)),
  );
  const corners = [];
  for (let y = -step; y < height; y += step)
    for (let x = -step; x < width; x += step) corners.push([y, x]);
  const images = new Uint8Array((corners.length + 1) * pixels.length);
  const sum = new Float64Array(area);
  const count = new Float64Array(area);
  images.set(pixels);
  const over = ([y0, x0], visit) => {
    for (let y = Math.max(0, y0); y < Math.min(height, y0 + side); y++)
      for (let x = Math.max(0, x0); x < Math.min(width, x0 + side); x++) visit(y * width + x);
  };
  corners.forEach((corner, n) => {
    const begin = (n + 1) * pixels.length;
    images.set(pixels, begin);
    over(corner, k => {
      for (let c = 0; c < channels; c++) images[begin + c * area + k] = grounds[c];
    });
  });
  const outputs = await engine.scores(images);
  const each = outputs.length / (corners.length + 1);
  const score = n => (each === 1 && label === 1 ? -outputs[n] : outputs[n * each + label]);
  corners.forEach((corner, n) =>
    over(corner, k => {
      sum[k] += score(0) - score(n + 1);
      count[k]++;
    }),
  );
  return sum.map((total, k) => total / Math.max(count[k], 1));
}

function paintHeat(pen, scale) {
  const width = facts.shape[2];
  const most = Math.max(1e-9, ...heat.map(Math.abs));
  heat.forEach((fall, k) => {
    const share = Math.abs(fall) / most;
    if (share < 0.05) return;
    pen.fillStyle =
      fall > 0 ? `rgb(255 60 40 / ${0.75 * share})` : `rgb(60 130 255 / ${0.75 * share})`;
    pen.fillRect((k % width) * scale, Math.floor(k / width) * scale, scale, scale);
  });
}

async function refreshHeat() {
  heat = null;
  if (!looking || !answered || answered.boxes) return;
  const asked = answered;
  const found = await lookAt();
  if (asked !== answered) return;
  heat = found;
  const k = largest(found);
  const width = facts.shape[2];
  $("look-note").textContent =
    `Red: hidden, the output of “${facts.classes[asked.label]}” falls; blue: it rises. ` +
    `Most at ` +
    `row ${Math.floor(k / width)}, column ${k % width}: by ${short(found[k])}.`;
  paintSeen();
}

$("look").onclick = () => {
  looking = !looking;
  $("look").setAttribute("aria-pressed", String(looking));
  $("look-note").hidden = !looking;
  refreshHeat().catch(error => say(error.message));
  paintSeen();
};
