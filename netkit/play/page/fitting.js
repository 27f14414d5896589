// ---- fitting: a picture of any size made the net's, as netkit/classification has it ----

// source: an ImageData. Returns bytes (C, H, W).  fit: pad, crop, stretch; detect: as netkit detect
// makes a picture as large as fits.
function fitted(source, [channels, height, width], { fit, fill, invert }) {
  let maps = channelsOf(source, channels);
  let h = source.height;
  let w = source.width;
  if (invert === true || (invert === "auto" && median(...maps) > 127)) maps = maps.map(inked);
  let to = [height, width];
  if (fit !== "stretch") {
    const ratio = (fit === "crop" ? Math.max : Math.min)(height / h, width / w);
    to = [h, w].map(n => Math.max(1, halfEven(n * ratio)));
  }
  const gap = fit === "detect" ? 1 : 3;
  if (h !== to[0] || w !== to[1]) maps = maps.map(map => resized(map, h, w, to, gap));
  [h, w] = to;
  const out = new Uint8Array(channels * height * width).fill(fill);
  const half = fit === "detect" ? Math.ceil : Math.floor; // of a number below 0: too little
  const top = half((h - height) / 2);
  const left = half((w - width) / 2);
  for (let c = 0; c < channels; c++)
    for (let y = Math.max(0, top); y < Math.min(h, top + height); y++)
      for (let x = Math.max(0, left); x < Math.min(w, left + width); x++)
        out[(c * height + y - top) * width + x - left] = maps[c][y * w + x];
  // Where the picture stands in it: x0, y0, x1, y1.
  out.region = [-left, -top, w - left, h - top].map((at, k) => {
    return Math.min(Math.max(at, 0), k % 2 ? height : width);
  });
  return out;
}

// The maps of an ImageData over black: red, green and blue, or Rec. 601's grey as Pillow rounds it.
function channelsOf({ data, width, height }, channels) {
  const maps = Array.from({ length: channels }, () => new Uint8Array(width * height));
  for (let k = 0; k < width * height; k++) {
    const alpha = data[4 * k + 3];
    const red = over(data[4 * k], alpha);
    const green = over(data[4 * k + 1], alpha);
    const blue = over(data[4 * k + 2], alpha);
    if (channels === 3) {
      maps[0][k] = red;
      maps[1][k] = green;
      maps[2][k] = blue;
    } else maps[0][k] = (red * 19595 + green * 38470 + blue * 7471 + 0x8000) >> 16;
  }
  return maps;
}

function over(level, alpha) {
  return alpha === 255 ? level : Math.round((level * alpha) / 255);
}

// The median of the bytes of some arrays; of an even number of them the mean of the middle two.
function median(...arrays) {
  const counts = new Int32Array(256);
  for (const levels of arrays) for (const level of levels) counts[level]++;
  const total = counts.reduce((sum, count) => sum + count, 0);
  const at = rank => {
    let level = 0;
    for (let below = counts[0]; below <= rank; below += counts[++level]);
    return level;
  };
  return (at((total - 1) >> 1) + at(total >> 1)) / 2;
}

// What is darker than the ground of a map, its median, light on black.
function inked(map) {
  const ground = median(map);
  return map.map(level => Math.max(0, halfEven(ground - level)));
}

// Python's round.
function halfEven(number) {
  const low = Math.floor(number);
  const rest = number - low;
  return rest > 0.5 || (rest === 0.5 && low % 2) ? low + 1 : low;
}

// Pillow's bilinear resize of bytes: averaged over what a pixel covers where it shrinks, in fixed
// point, first along rows and then along columns. What shrinks by more than twice `gap` is averaged
// over blocks before that.
function resized(map, h, w, [height, width], gap) {
  const by = [h / height, w / width].map(n => Math.floor(n / gap) || 1);
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
  const height = Math.ceil(h / down);
  const width = Math.ceil(w / across);
  const out = new Uint8Array(height * width);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const bottom = Math.min(h, (y + 1) * down);
      const right = Math.min(w, (x + 1) * across);
      let sum = 0;
      let n = 0;
      for (let i = y * down; i < bottom; i++)
        for (let j = x * across; j < right; j++, n++) sum += map[i * w + j];
      out[y * width + x] = Math.floor(sum / n + 0.5);
    }
  return [out, height, width];
}

// One direction: rows of w pixels, of which `extent` count, to rows of `width`.
function resizedRows(map, h, w, width, extent) {
  const PRECISION = 1 << 22;
  const scale = extent / width;
  const reach = Math.max(scale, 1);
  const out = new Uint8Array(h * width);
  for (let x = 0; x < width; x++) {
    const centre = (x + 0.5) * scale;
    const first = Math.max(0, Math.trunc(centre - reach + 0.5));
    const last = Math.min(w, Math.trunc(centre + reach + 0.5));
    const taps = [];
    let total = 0;
    for (let k = first; k < last; k++) {
      const tap = Math.max(0, 1 - Math.abs((k - centre + 0.5) / reach));
      taps.push(tap);
      total += tap;
    }
    const whole = taps.map(tap => Math.trunc(0.5 + (tap / total) * PRECISION));
    for (let y = 0; y < h; y++) {
      let sum = PRECISION / 2;
      for (let k = first; k < last; k++) sum += map[y * w + k] * whole[k - first];
      out[y * width + x] = Math.min(255, Math.floor(sum / PRECISION));
    }
  }
  return out;
}
