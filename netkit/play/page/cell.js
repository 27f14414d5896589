// ---- cell: the number that is pointed at, the window behind it, its kernels ----

// The pixels of the row before that cells low..high (exclusive) see, clipped to it.
function windowBefore(row, [low, high]) {
  const from = facts.rows[row.before].shape;
  if (!row.local)
    return [
      [0, 0],
      [from[1], from[2]],
    ];
  const first = [0, 1].map(k => Math.max(0, Math.floor(row.low[k] + row.step[k] * low[k])));
  const last = [0, 1].map(k =>
    Math.min(from[k + 1], Math.ceil(row.low[k] + row.size[k] + row.step[k] * (high[k] - 1))),
  );
  return [first, last];
}

function showChosen() {
  for (const { over } of rowParts) over.getContext("2d").clearRect(0, 0, over.width, over.height);
  seenFrame = null;
  if (chosen && rowParts[chosen.row].values) describe(chosen);
  paintSeen();
}

function describe({ row: number, map, y, x }) {
  const { facts: row, values } = rowParts[number];
  const [, h, w] = row.shape;
  const value = values[(map * h + y) * w + x];
  mark(
    number,
    [
      [y, x],
      [y + 1, x + 1],
    ],
    map,
  );
  const lines = [
    `${row.name}: map ${map}` + (h * w > 1 ? `, row ${y}, column ${x}` : "") + `: ${short(value)}`,
    row.about,
  ];
  if (row.int8) lines.push(wholeSaid(row.int8, value));
  let at = number;
  let span = [
    [y, x],
    [y + 1, x + 1],
  ];
  while (facts.rows[at].before !== null) {
    span = windowBefore(facts.rows[at], span);
    const before = facts.rows[at].before;
    if (at === number) lines.push(`Of ${facts.rows[before].name}: ${said(span)}.`);
    at = before;
    mark(at, span, null);
  }
  if (at === 0 && number) {
    lines.push(`Of the picture: ${said(span)}.`);
    seenFrame = span;
  }
  $("cell").replaceChildren(
    ...lines.map(line => Object.assign(element("p"), { textContent: line })),
  );
}

// What a number is in eight bits: scale * (q - zero).
function wholeSaid([scale, zero], value) {
  return `In int8: ${Math.round(value / scale) + zero}, scale ${short(scale)}, zero ${zero}.`;
}

function said([[y0, x0], [y1, x1]]) {
  return y1 - y0 === 1 && x1 - x0 === 1
    ? `row ${y0}, column ${x0}`
    : `rows ${y0} to ${y1 - 1}, columns ${x0} to ${x1 - 1}`;
}

// Frames a window on one map of a row, or on all that are shown.
function mark(number, span, map) {
  const { over, canvas, layout } = rowParts[number];
  if (over.width !== canvas.width || over.height !== canvas.height) {
    over.width = canvas.width;
    over.height = canvas.height;
  }
  const pen = over.getContext("2d");
  pen.strokeStyle = theme.mark;
  for (let k = map ?? 0; k < (map === null ? layout.shown : map + 1); k++)
    frame(pen, layout, k, span);
}

// The kernels of one map, each as large as can be seen.
async function showKernels(number, map) {
  const canvas = $("kernels");
  const shape = facts.rows[number].kernels;
  const values = shape && (await engine.kernels(number, map));
  if (!chosen || chosen.row !== number || chosen.map !== map) return;
  canvas.hidden = !values;
  if (!values) return;
  const layout = layoutOf(shape, 258, false, false);
  const range = rangeOf(values);
  paintMaps(canvas, values, layout, range);
  canvas.setAttribute(
    "aria-label",
    `Kernels of ${facts.rows[number].name}, map ${map}: ${shape.join(" by ")}, ` +
      `from ${short(range[0])} to ${short(range[1])}`,
  );
}
