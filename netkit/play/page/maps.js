// ---- maps: the maps of a row side by side on a canvas, and which pixel of which map is where ----
const GAP = 2;
const LINES = 4;
const NAMES = 15;

// Where the maps of a shape stand in `width` pixels of the page; all: in as many lines as it takes.
function layoutOf([maps, h, w], width, all, named) {
  const skip = Math.max(1, Math.ceil(w / width), Math.ceil(h / 300));
  const high = Math.ceil(h / skip);
  const wide = Math.ceil(w / skip);
  let zoom = Math.max(1, Math.min(16, Math.round(60 / Math.max(high, wide))), named ? 30 : 0);
  if (named) zoom = Math.max(14, Math.min(34, Math.floor(width / maps) - GAP));
  const least = Math.min(zoom, Math.ceil(14 / Math.max(high, wide)));
  const columnsAt = z => Math.max(1, Math.floor((width + GAP) / (wide * z + GAP)));
  while (zoom > least && columnsAt(zoom) * LINES < maps) zoom--;
  const columns = Math.min(maps, columnsAt(zoom));
  const shown = all ? maps : Math.min(maps, columns * LINES);
  const lines = Math.ceil(shown / columns);
  const pitch = [wide * zoom + GAP, high * zoom + GAP + (named ? NAMES : 0)];
  return {
    h,
    w,
    skip,
    high,
    wide,
    zoom,
    columns,
    shown,
    pitch,
    width: columns * pitch[0] - GAP,
    height: lines * pitch[1] - (named ? 0 : GAP),
  };
}

// The grey levels of values (C, H, W), from the least (black) to the largest (white). Returns the
// ImageData, to be given the next time.
function paintMaps(canvas, values, layout, [low, high], before = null) {
  const { h, w, skip, zoom, columns, shown, pitch } = layout;
  if (canvas.width !== layout.width || canvas.height !== layout.height) {
    canvas.width = layout.width;
    canvas.height = layout.height;
  }
  const same = before && before.width === layout.width && before.height === layout.height;
  const image = same ? before : new ImageData(layout.width, layout.height);
  const pixels = new Uint32Array(image.data.buffer);
  const factor = high > low ? 255 / (high - low) : 0;
  for (let map = 0; map < shown; map++) {
    const left = (map % columns) * pitch[0];
    const top = Math.floor(map / columns) * pitch[1];
    for (let i = 0; i < layout.high; i++) {
      const begin = (top + i * zoom) * layout.width + left;
      let to = begin;
      for (let j = 0, from = (map * h + i * skip) * w; j < layout.wide; j++, from += skip) {
        const level = Math.max(0, Math.min(255, Math.round((values[from] - low) * factor))) || 0;
        const colour = 0xff000000 | (level << 16) | (level << 8) | level;
        for (let x = 0; x < zoom; x++) pixels[to++] = colour;
      }
      for (let y = 1; y < zoom; y++) pixels.copyWithin(begin + y * layout.width, begin, to);
    }
  }
  canvas.getContext("2d").putImageData(image, 0, 0);
  return image;
}

// The { map, y, x } at a point of the canvas, or null between maps.
function cellAt(layout, px, py) {
  const column = Math.floor(px / layout.pitch[0]);
  const line = Math.floor(py / layout.pitch[1]);
  const map = line * layout.columns + column;
  const i = Math.floor((py - line * layout.pitch[1]) / layout.zoom);
  const j = Math.floor((px - column * layout.pitch[0]) / layout.zoom);
  if (
    column < 0 ||
    line < 0 ||
    column >= layout.columns ||
    map >= layout.shown ||
    i >= layout.high ||
    j >= layout.wide
  )
    return null;
  return { map, y: i * layout.skip, x: j * layout.skip };
}

// Frames the pixels y0..y1, x0..x1 (exclusive) of a map.
function frame(pen, layout, map, [[y0, x0], [y1, x1]]) {
  if (map >= layout.shown) return;
  const left = (map % layout.columns) * layout.pitch[0];
  const top = Math.floor(map / layout.columns) * layout.pitch[1];
  const scale = layout.zoom / layout.skip;
  pen.strokeRect(
    left + x0 * scale + 0.5,
    top + y0 * scale + 0.5,
    Math.max(1, (x1 - x0) * scale - 1),
    Math.max(1, (y1 - y0) * scale - 1),
  );
}

function rangeOf(values) {
  let low = Infinity;
  let high = -Infinity;
  for (const value of values) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return values.length ? [low, high] : [0, 0];
}

function short(number) {
  if (number === 0 || (Math.abs(number) >= 0.001 && Math.abs(number) < 1e5))
    return String(+number.toPrecision(3));
  return number.toExponential(1);
}

// Bytes (C, H, W) as a canvas; of other than 3 channels the first in grey.
function pictureOf(pixels, [channels, height, width]) {
  const canvas = element("canvas");
  const image = new ImageData(width, height);
  const area = height * width;
  for (let k = 0; k < area; k++) {
    for (const c of [0, 1, 2]) image.data[4 * k + c] = pixels[channels === 3 ? c * area + k : k];
    image.data[4 * k + 3] = 255;
  }
  canvas.width = width;
  canvas.height = height;
  canvas.getContext("2d").putImageData(image, 0, 0);
  return canvas;
}

function bytesOf(base64) {
  return Uint8Array.from(atob(base64), letter => letter.charCodeAt(0));
}
