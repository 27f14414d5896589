// ---- rows: what each layer gives, and where a number of it comes from ----
const rowParts = []; // of each row: { facts, canvas, over, note, layout, values, range, all }
let chosen = null; // the number that is looked at: { row, map, y, x }

function makeRows() {
  facts.rows.forEach((row, number) => {
    const line = element("div", "layer");
    const text = element("div");
    const maps = element("div", "maps");
    const name = element("div", "name");
    const kind = element("div", "note");
    const note = element("div", "note");
    name.textContent = row.name;
    kind.textContent = `${row.kind} ${row.shape.join("×")}`;
    kind.title = row.about;
    if (row.int8) kind.title += ` int8, scale ${row.int8[0]}, zero ${row.int8[1]}`;
    text.append(name, kind, note);
    const canvas = element("canvas");
    const over = element("canvas");
    const part = { facts: row, canvas, over, note, all: false };
    canvas.tabIndex = 0;
    canvas.setAttribute("role", "img");
    canvas.setAttribute("aria-label", `${row.name}, ${row.kind}, gives ${row.shape.join(" by ")}`);
    over.setAttribute("aria-hidden", "true");
    maps.append(canvas, over);
    line.append(text, maps);
    $("rows").append(line);
    rowParts.push(part);
    part.named =
      number === facts.rows.length - 1 &&
      row.shape[1] === 1 &&
      row.shape[2] === 1 &&
      row.shape[0] === facts.classes.length;
    layRow(part);
    if (part.layout.shown < row.shape[0]) text.append(moreButton(part));
    canvas.addEventListener("pointermove", event => choose(number, cellOf(part, event)));
    canvas.addEventListener("pointerdown", event => choose(number, cellOf(part, event)));
    canvas.addEventListener("focus", () => {
      if (!chosen || chosen.row !== number) choose(number, { map: 0, y: 0, x: 0 });
    });
    canvas.addEventListener("keydown", event => moveChosen(event, number));
  });
  window.addEventListener("resize", () => {
    rowParts.forEach(layRow);
    paintRows();
  });
  window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
    readTheme();
    paintRows();
  });
}

function moreButton(part) {
  const button = element("button");
  button.type = "button";
  button.textContent = `All ${part.facts.shape[0]}`;
  button.onclick = () => {
    part.all = !part.all;
    button.textContent = part.all ? "Fewer" : `All ${part.facts.shape[0]}`;
    layRow(part);
    paintRows();
  };
  return button;
}

function layRow(part) {
  const room = $("rows").clientWidth;
  const narrow = window.matchMedia("(max-width: 680px)").matches;
  const width = Math.max(120, narrow ? room : room - 142);
  part.layout = layoutOf(part.facts.shape, width, part.all, part.named);
  const { shown } = part.layout;
  const count = part.facts.shape[0];
  part.some = shown < count ? `, first ${shown} of ${count}` : "";
}

function showRows(values) {
  rowParts.forEach((part, k) => {
    part.values = values[k];
    part.range = rangeOf(values[k]);
    part.note.textContent = `${short(part.range[0])} … ${short(part.range[1])}${part.some}`;
  });
  paintRows();
}

function paintRows() {
  for (const part of rowParts) {
    if (!part.values) continue;
    part.image = paintMaps(part.canvas, part.values, part.layout, part.range, part.image);
    if (part.named) writeNames(part);
  }
  showChosen();
}

// The classes under the outputs: as much of each name as there is room for.
function writeNames({ canvas, layout, values }) {
  const pen = canvas.getContext("2d");
  const best = largest(values);
  pen.textAlign = "center";
  facts.classes.slice(0, layout.shown).forEach((name, k) => {
    const x = (k % layout.columns) * layout.pitch[0] + layout.zoom / 2;
    const y = Math.floor(k / layout.columns) * layout.pitch[1] + layout.zoom + 12;
    pen.font = `${k === best ? "bold " : ""}12px system-ui, sans-serif`;
    pen.fillStyle = theme.ink;
    let text = name;
    while (text && pen.measureText(text).width > layout.pitch[0]) text = text.slice(0, -1);
    pen.fillText(text, x, y);
  });
}

function cellOf({ canvas, layout }, event) {
  const box = canvas.getBoundingClientRect();
  return cellAt(
    layout,
    ((event.clientX - box.left) * canvas.width) / box.width,
    ((event.clientY - box.top) * canvas.height) / box.height,
  );
}

function choose(row, cell) {
  if (!cell) return;
  const same = chosen && chosen.row === row && chosen.map === cell.map;
  chosen = { row, ...cell };
  if (!same) showKernels(row, cell.map);
  showChosen();
}

// Arrow keys move to the next pixel, page up and down to the next map.
function moveChosen(event, row) {
  const [count, h, w] = facts.rows[row].shape;
  const cell = chosen;
  const moves = {
    ArrowUp: ["y", -1, h],
    ArrowDown: ["y", 1, h],
    ArrowLeft: ["x", -1, w],
    ArrowRight: ["x", 1, w],
    PageUp: ["map", -1, count],
    PageDown: ["map", 1, count],
  };
  if (!cell || cell.row !== row || !moves[event.key]) return;
  event.preventDefault();
  let [axis, by, size] = moves[event.key];
  // Maps of one pixel: to the next map.
  if (size === 1 && axis !== "map") [axis, size] = ["map", count];
  choose(row, { ...cell, [axis]: Math.min(Math.max(cell[axis] + by, 0), size - 1) });
}
