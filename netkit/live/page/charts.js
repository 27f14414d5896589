// ---- charts: curves by update, and bars, as SVG ----
const LEFT = 44;
const BOTTOM = 18;
const TOP = 8;

function drawn(name, attributes, text = "") {
  const node = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  node.textContent = text;
  return node;
}

// The mean of each value and those before it, which count less the longer ago they are.
function runningMean(values, over = 10) {
  const share = 1 - 1 / over;
  let sum = 0;
  let weight = 0;
  return values.map(value => {
    sum = sum * share + (value ?? 0);
    weight = weight * share + (value === null ? 0 : 1);
    return weight ? sum / weight : null;
  });
}

const path = points =>
  points.map(([x, y], k) => `${k ? "L" : "M"}${x.toFixed(1)} ${y.toFixed(1)}`).join("");

// curve: [[update, value], ...] of training; tests: the same of testing samples; etas: updates at
// which eta changed; top: the largest value there can be, if it is known.
function drawChart(svg, { curve, tests, etas, steps, top }) {
  const width = Math.max(160, svg.clientWidth);
  const height = Math.max(100, svg.clientHeight);
  const known = [...curve, ...tests].map(([, value]) => value);
  const high = top ?? (known.length ? niceAbove(Math.max(...known)) : 1);
  const last = Math.max(steps, 1, ...curve.slice(-1).map(([x]) => x));
  const at = ([x, y]) => [
    LEFT + (x / last) * (width - LEFT - 8),
    height - BOTTOM - (y / high) * (height - BOTTOM - TOP),
  ];
  const parts = [];
  for (const share of [0, 0.5, 1]) {
    const [x, y] = at([0, share * high]);
    parts.push(drawn("path", { class: "grid", d: `M${x} ${y}H${width - 8}` }));
    const mark = { x: x - 6, y: y + 4, "text-anchor": "end" };
    parts.push(drawn("text", mark, short(share * high)));
    const [along] = at([share * last, 0]);
    const anchor = share === 1 ? "end" : share ? "middle" : "start";
    const under = { x: along, y: height - 3, "text-anchor": anchor };
    parts.push(drawn("text", under, String(Math.round(share * last))));
  }
  for (const eta of etas) {
    const [x] = at([eta, 0]);
    parts.push(drawn("path", { class: "mark", d: `M${x} ${TOP}V${height - BOTTOM}` }));
  }
  const means = runningMean(curve.map(([, value]) => value));
  parts.push(drawn("path", { class: "raw", d: path(curve.map(at)) }));
  parts.push(drawn("path", { class: "mean", d: path(curve.map(([x], k) => at([x, means[k]]))) }));
  parts.push(drawn("path", { class: "test", d: path(tests.map(at)) }));
  for (const point of tests) {
    const [cx, cy] = at(point);
    parts.push(drawn("circle", { class: "dots", cx, cy, r: 3 }));
  }
  svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
  svg.replaceChildren(...parts);
  return means.length ? means[means.length - 1] : null;
}

function niceAbove(value) {
  if (!(value > 0)) return 1;
  const ten = 10 ** Math.floor(Math.log10(value));
  return [1, 1.5, 2, 3, 5, 7.5, 10].map(k => k * ten).find(k => k >= value) ?? 10 * ten;
}

function drawBars(svg, counts) {
  const most = Math.max(1, ...counts);
  const bars = counts.map((n, k) => `M${k} 20v${((-20 * n) / most).toFixed(2)}h0.9V20z`);
  svg.setAttribute("viewBox", `0 0 ${Math.max(1, counts.length)} 20`);
  svg.setAttribute("preserveAspectRatio", "none");
  svg.replaceChildren(drawn("path", { class: "bars", d: bars.join("") }));
}
