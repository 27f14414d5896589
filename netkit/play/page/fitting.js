// ---- fitting: a picture of any size made one that the net takes, as netkit/classification has it ----

// source: an ImageData. Returns bytes (C, H, W).
function fitted(source, [channels, height, width], { fit, fill, invert }) {
  let maps = channelsOf(source, channels), h = source.height, w = source.width;
  if (invert === true || (invert === "auto" && median(maps.flatMap(map => [...map])) > 127)) maps = maps.map(inked);
  let to = [height, width];
  if (fit !== "stretch") {
    const ratio = (fit === "pad" ? Math.min : Math.max)(height / h, width / w);
    to = [h, w].map(n => Math.max(1, halfEven(n * ratio)));
  }
  if (h !== to[0] || w !== to[1]) maps = maps.map(map => resized(map, h, w, ...to));
  [h, w] = to;
  const out = new Uint8Array(channels * height * width).fill(fill);
  const top = Math.floor((h - height) / 2), left = Math.floor((w - width) / 2);  // below 0: too little
  for (let c = 0; c < channels; c++) for (let y = Math.max(0, top); y < Math.min(h, top + height); y++)
    for (let x = Math.max(0, left); x < Math.min(w, left + width); x++)
      out[(c * height + y - top) * width + x - left] = maps[c][y * w + x];
  return out;
}

// The maps of an ImageData over black: red, green and blue, or Rec. 601's grey as Pillow rounds it.
function channelsOf({ data, width, height }, channels) {
  const maps = Array.from({ length: channels }, () => new Uint8Array(width * height));
  for (let k = 0; k < width * height; k++) {
    const alpha = data[4 * k + 3], rgb = [0, 1, 2].map(c => Math.round(data[4 * k + c] * alpha / 255));
    if (channels === 3) rgb.forEach((level, c) => { maps[c][k] = level; });
    else maps[0][k] = (rgb[0] * 19595 + rgb[1] * 38470 + rgb[2] * 7471 + 0x8000) >> 16;
  }
  return maps;
}

function median(levels) {
  const sorted = Float64Array.from(levels).sort(), half = sorted.length >> 1;
  return sorted.length % 2 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
}

// What is darker than the ground of a map, its median, light on black.
function inked(map) {
  const ground = median(map);
  return map.map(level => Math.max(0, halfEven(ground - level)));
}

// Python's round.
function halfEven(number) {
  const low = Math.floor(number), rest = number - low;
  return rest > 0.5 || (rest === 0.5 && low % 2) ? low + 1 : low;
}

// Pillow's bilinear resize of bytes: averaged over what a pixel covers where it shrinks, in fixed
// point, first along rows and then along columns. What shrinks to less than a third is first
// averaged over blocks.
function resized(map, h, w, height, width) {
  const by = [h / height, w / width].map(n => Math.floor(n / 3) || 1);
  let box = [h, w];
  if (by[0] > 1 || by[1] > 1) {
    box = [h / by[0], w / by[1]];
    [map, h, w] = reduced(map, h, w, by);
  }
  const across = resizedRows(map, h, w, width, box[1]);
  const turned = resizedRows(transposed(across, h, width), width, h, height, box[0]);
  return transposed(turned, width, height);
}

function transposed(map, h, w) {
  const out = new Uint8Array(h * w);
  for (let y = 0; y < h; y++) for (let x = 0; x < w; x++) out[x * h + y] = map[y * w + x];
  return out;
}

// Means of blocks; those at the right and at the bottom may be smaller.
function reduced(map, h, w, [down, across]) {
  const height = Math.ceil(h / down), width = Math.ceil(w / across), out = new Uint8Array(height * width);
  for (let y = 0; y < height; y++) for (let x = 0; x < width; x++) {
    const bottom = Math.min(h, (y + 1) * down), right = Math.min(w, (x + 1) * across);
    let sum = 0, n = 0;
    for (let i = y * down; i < bottom; i++) for (let j = x * across; j < right; j++, n++) sum += map[i * w + j];
    out[y * width + x] = Math.floor(sum / n + 0.5);
  }
  return [out, height, width];
}

// One direction: rows of w pixels, of which `extent` count, to rows of `width`.
function resizedRows(map, h, w, width, extent) {
  const PRECISION = 1 << 22, scale = extent / width, reach = Math.max(scale, 1);
  const out = new Uint8Array(h * width);
  for (let x = 0; x < width; x++) {
    const centre = (x + 0.5) * scale, first = Math.max(0, Math.trunc(centre - reach + 0.5));
    const last = Math.min(w, Math.trunc(centre + reach + 0.5)), taps = [];
    let total = 0;
    for (let k = first; k < last; k++) {
      const tap = Math.max(0, 1 - Math.abs((k - centre + 0.5) / reach));
      taps.push(tap);
      total += tap;
    }
    const whole = taps.map(tap => Math.trunc(0.5 + tap / total * PRECISION));
    for (let y = 0; y < h; y++) {
      let sum = PRECISION / 2;
      for (let k = first; k < last; k++) sum += map[y * w + k] * whole[k - first];
      out[y * width + x] = Math.min(255, Math.floor(sum / PRECISION));
    }
  }
  return out;
}
