// Precision over recall of each class, and precision, recall and F1 over the threshold: of boxes.
const CLASS_COLOURS = ["#2454be", "#da1e28", "#18845a", "#a35b00", "#7a3fb5", "#00798a", "#b5276f", "#5c6b00", "#8a4b2f", "#3b4a63"];
const share = v => v.toFixed(3);
const saidOf = p => [`from confidence ${share(p[0])}`, `precision ${share(p[2])}`, `recall ${share(p[1])}`, `F1 ${share(p[3])}`];  // a line each

// A chart from 0 to 1 both ways. lines: {name, colour, points, width}; at, up: a point's places across
// and up; says: the text of a point where the pointer is; mark: a place across.
function unitChart(title, across, lines, { at, up, says, mark = null }) {
  const width = 380, height = 260, left = 34, bottom = 34, top = 8, right = 10;
  const x = v => left + v * (width - left - right), y = v => height - bottom - v * (height - bottom - top);
  const svg = make("svg", { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": title });
  for (let k = 0; k <= 5; k++) svg.append(
    make("line", { x1: left, x2: width - right, y1: y(k / 5), y2: y(k / 5), stroke: "#e4e7ed" }),
    make("text", { x: left - 6, y: y(k / 5) + 4, "text-anchor": "end" }, (k / 5).toFixed(1)),
    make("text", { x: x(k / 5), y: height - bottom + 14, "text-anchor": "middle" }, (k / 5).toFixed(1)));
  svg.append(make("text", { x: x(0.5), y: height - 4, "text-anchor": "middle" }, across));
  if (mark !== null) svg.append(make("line", { x1: x(mark), x2: x(mark), y1: top, y2: height - bottom, stroke: "#181c24", "stroke-dasharray": "3 3" }));
  const dot = make("circle", { r: 4, fill: "none", "stroke-width": 2 }), tip = make("div", { class: "tip lines" });
  dot.style.display = "none";
  const paths = lines.map(l => make("path", { d: "M" + l.points.map(p => `${x(at(p))},${y(up(p, l))}`).join("L"), fill: "none",
                                              stroke: l.colour, "stroke-width": l.width ?? 1.6, "stroke-linejoin": "round" }));
  svg.append(...paths, dot);
  const rest = () => { tip.textContent = ""; dot.style.display = "none"; paths.forEach(p => p.removeAttribute("opacity")); };
  const alone = l => paths.forEach((p, k) => p.setAttribute("opacity", lines[k] === l ? 1 : 0.15));
  svg.onpointermove = event => {
    const box = svg.getBoundingClientRect(), scale = width / box.width;
    const px = (event.clientX - box.left) * scale, py = (event.clientY - box.top) * scale;
    let found = null;
    for (const l of lines) for (const p of l.points) {
      const far = Math.hypot(x(at(p)) - px, y(up(p, l)) - py);
      if (found === null || far < found.far) found = { far, l, p };
    }
    if (!found || found.far > 60) return rest();
    const { l, p } = found, middle = at(p) > 0.5;
    dot.setAttribute("cx", x(at(p))); dot.setAttribute("cy", y(up(p, l))); dot.setAttribute("stroke", l.colour); dot.style.display = "";
    alone(l);
    tip.textContent = says(p, l);
    tip.style.left = middle ? "auto" : `${x(at(p)) / scale + 8}px`; tip.style.right = middle ? `${(width - x(at(p))) / scale + 8}px` : "auto";
  };
  svg.onpointerleave = rest;
  const legend = lines.map(l => {
    const one = make("span", { class: "key", tabindex: 0, style: `color:${l.colour}` }, `● ${l.name}`);
    one.onpointerenter = one.onfocus = () => alone(l);
    one.onpointerleave = one.onblur = rest;
    return one;
  });
  return make("div", {}, make("h3", {}, title), make("div", { class: "plot" }, svg, tip), make("div", { class: "keys" }, ...legend));
}

function precisionCharts(found) {
  const at = found.threshold, lines = found.classes.map((c, k) => (
    { name: c.ap === null ? c.name : `${c.name} ${share(c.ap)}`, short: c.name, points: c.points, colour: CLASS_COLOURS[k % CLASS_COLOURS.length] }));
  if (lines.length > 1) lines.push({ name: "all together", short: "all together", points: found.all, colour: "#181c24", width: 2.6 });
  const three = [["precision", 2, "#2454be"], ["recall", 1, "#da1e28"], ["F1", 3, "#18845a"]].map(([name, which, colour]) => ({ name, which, colour, points: found.all }));
  return [
    unitChart("precision over recall, by class with its AP", "recall", lines, {
      at: p => p[1], up: p => p[2], says: (p, l) => [l.short, ...saidOf(p)].join("\n") }),
    unitChart("all classes together, over the threshold" + (at === null ? "" : `; best F1 at ${share(at)}`), "threshold", three, {
      at: p => p[0], up: (p, l) => p[l.which], mark: at, says: p => saidOf(p).join("\n") }),
  ];
}
