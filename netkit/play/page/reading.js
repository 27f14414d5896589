// ---- reading: what the outputs say, as Energy.reading describes it ----

// outputs: Float32Array of one image. Returns { label, confidences }.
function readOutputs(outputs, reading, classes) {
  let values = outputs;
  let confidences =
    reading.kind === "softmax" ? softmax(outputs) : Array.from(outputs, y => (clipped(y) + 1) / 2);
  if (values.length === 1 && classes === 2) {
    // one output for two classes
    values = [values[0], -values[0]];
    confidences = [confidences[0], 1 - confidences[0]];
  }
  return { label: largest(values), confidences };
}

function clipped(number) {
  return Math.min(Math.max(number, -1), 1);
}

function largest(values) {
  let best = 0;
  for (let k = 1; k < values.length; k++) if (values[k] > values[best]) best = k;
  return best;
}

function softmax(values) {
  const top = Math.max(...values);
  const parts = Array.from(values, value => Math.exp(value - top));
  const total = parts.reduce((sum, part) => sum + part, 0);
  return parts.map(part => part / total);
}

// ---- boxes: the cells of a detector's outputs, and of those that overlap the best ----

// outputs: (classes + 4, h, w).  region: where the picture stands in the net's input. Returns
// [{ label, confidence, box: [x0, y0, x1, y1] }], in pixels of that input, the most confident first.
// See plugins/energies/boxes.py and detection/suppression.py.
function readBoxes(outputs, [maps, h, w], region, { reading, grid, look }) {
  const classes = maps - 4;
  const found = [];
  const [start, field, step] = grid;
  for (let row = 0; row < h; row++)
    for (let column = 0; column < w; column++) {
      const at = k => outputs[(k * h + row) * w + column];
      let label = 0;
      for (let k = 1; k < classes; k++) if (at(k) > at(label)) label = k;
      const confidence = 1 / (1 + Math.exp(-(at(label) + reading.prior)));
      if (confidence < Math.min(look.threshold, look.voter)) continue;
      const y = start[0] + field[0] / 2 + step[0] * row;
      const x = start[1] + field[1] / 2 + step[1] * column;
      const [left, up, right, down] = [0, 1, 2, 3].map(
        k => (Math.exp(Math.min(at(classes + k), reading.largest)) - 0.5) * step[k % 2 ? 0 : 1],
      );
      // What sticks out of the picture is cut off.
      const box = [x - left, y - up, x + right, y + down].map((at, k) =>
        Math.min(Math.max(at, region[k % 2]), region[2 + (k % 2)]),
      );
      if (box[0] < box[2] && box[1] < box[3]) found.push({ label, confidence, box });
    }
  found.sort((a, b) => b.confidence - a.confidence || area(b.box) - area(a.box));
  const voted = look.votes ? vote(found, look.vote_max_overlap) : found;
  const kept = [];
  for (const one of voted) {
    if (
      one.confidence >= look.threshold &&
      kept.every(
        other => other.label !== one.label || overlap(other.box, one.box) <= look.max_overlap,
      )
    )
      kept.push(one);
  }
  return kept;
}

function area([x0, y0, x1, y1]) {
  return Math.max(0, x1 - x0) * Math.max(0, y1 - y0);
}

// Intersection over union.
function overlap(a, b) {
  const both = area([
    Math.max(a[0], b[0]),
    Math.max(a[1], b[1]),
    Math.min(a[2], b[2]),
    Math.min(a[3], b[3]),
  ]);
  return both / Math.max(area(a) + area(b) - both, 1e-12);
}

// Boxes of a class that match become their weighted mean; its confidence is the largest, c, times
// 1 - exp(-s), s being the sum of theirs.
function vote(found, most) {
  const owners = [];
  for (const one of found) {
    const owner = owners.find(
      o => o.first.label === one.label && overlap(o.first.box, one.box) > most,
    );
    if (owner) owner.all.push(one);
    else owners.push({ first: one, all: [one] });
  }
  const voted = owners.map(({ first, all }) => {
    const total = all.reduce((sum, one) => sum + one.confidence, 0);
    const box = [0, 1, 2, 3].map(
      k => all.reduce((sum, one) => sum + one.confidence * one.box[k], 0) / total,
    );
    return { label: first.label, confidence: first.confidence * (1 - Math.exp(-total)), box };
  });
  return voted.sort((a, b) => b.confidence - a.confidence || area(b.box) - area(a.box));
}
