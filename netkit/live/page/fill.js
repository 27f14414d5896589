// ---- fill: what the page shows of a run, from its newest snapshot ----
let seenFrame = null;
let run = null; // the text of the newest snapshot
let kernelValues = {}; // of each layer that has kernels: { shape, values }
const kernelCanvases = {};
const spreadParts = {};

// The bytes of a snapshot (netkit/live/snapshot.py): { text, rows, kernels }.
function readSnapshot(buffer) {
  const length = new DataView(buffer).getUint32(0, true);
  const text = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 4, length)));
  const numbers = new Float32Array(buffer, 4 + length);
  let begin = 0;
  const take = count => numbers.subarray(begin, (begin += count));
  const product = shape => shape.reduce((a, b) => a * b, 1);
  const rows = facts.samples.length ? facts.rows.map(row => take(product(row.shape))) : [];
  const kernels = {};
  for (const { name, shape } of text.kernels)
    kernels[name] = { shape, values: take(product(shape)) };
  return { text, rows, kernels };
}

function fill({ text, rows, kernels }) {
  run = text;
  kernelValues = kernels;
  fillStatus();
  fillCharts();
  if (rows.length) showRows(rows);
  if (chosen) showKernels(chosen.row, chosen.map);
  fillAnswer();
  fillKernels();
  fillWorst();
  fillSpreads();
}

function fillStatus() {
  const { step, iteration, paused, ended } = run;
  const what = ended ? "Over" : paused ? "Paused" : "Training";
  $("status").textContent =
    `${what}: update ${step.toLocaleString("en")} of ${facts.steps.toLocaleString("en")}, ` +
    `iteration ${Math.min(iteration + 1, facts.iterations)} of ${facts.iterations}`;
  $("done").max = facts.steps;
  $("done").value = step;
  $("go").textContent = paused ? (step ? "Go on" : "Begin") : "Pause";
  for (const id of ["go", "step", "speed", "eta", "set"]) $(id).disabled = Boolean(ended);
  if (document.activeElement !== $("eta")) $("eta").value = String(run.eta);
  const factor = `The schedule, ${facts.schedule}, takes ${short(run.factor)} times that now.`;
  $("factor").textContent = run.factor === 1 ? "" : factor;
  if (document.activeElement !== $("speed")) $("speed").value = String(run.speed);
  const said = run.etas.map(([at, eta]) => `${eta} from update ${at}`);
  $("etas").textContent = said.length ? `Changed: ${said.slice(-5).join(", ")} (live.csv)` : "";
  if (ended) say("");
  else if (run.problem) say(run.problem);
}

function fillCharts() {
  const { first, every, energy, correct } = run.curve;
  const curveOf = values =>
    values.flatMap((value, k) => (value === null ? [] : [[first + (k + 1) * every, value]]));
  const testsOf = name =>
    run.tests.flatMap(row => (row[name] ?? null) === null ? [] : [[row.step, row[name]]]);
  const etas = run.etas.map(([at]) => at).filter(at => at <= run.step + 1);
  const common = { etas, steps: facts.steps };
  for (const [name, values, top] of [
    ["energy", energy, undefined],
    ["correct", correct, 100],
  ]) {
    if (name === "correct" && facts.boxes) continue;
    const tests = testsOf(`test_${name}`);
    const mean = drawChart($(name), { ...common, curve: curveOf(values), tests, top });
    const last = tests.length ? `, of the testing samples ${short(tests[tests.length - 1][1])}` : "";
    const said = mean === null ? "nothing yet" : `${short(mean)}${last}`;
    $(name).setAttribute("aria-label", `${name} over the updates: ${said}`);
  }
}

function fillAnswer() {
  const sample = facts.samples[run.chosen];
  if (!sample) return;
  [...$("examples").children].forEach((button, k) =>
    button.setAttribute("aria-pressed", String(k === run.chosen)),
  );
  if (!run.said) return;
  const answer = facts.classes[run.said.label] ?? "";
  $("answer").textContent = answer;
  $("answer").classList.toggle("long", answer.length > 6);
  $("answer").classList.toggle("wrong", answer !== sample.label);
  const right = answer === sample.label ? "right" : `it is ${sample.label}`;
  const sure = run.said.confidences[run.said.label];
  $("confidence").textContent = `${right}, confidence ${(sure ?? 0).toFixed(2)}`;
}

function paintSeen() {
  const sample = facts.samples[run ? run.chosen : 0];
  if (!sample) return;
  const [, height, width] = sample.shape;
  const [seen, over] = [$("seen"), $("over")];
  seen.width = width;
  seen.height = height;
  const factor = Math.max(1, Math.round(448 / width));
  over.width = width * factor;
  over.height = height * factor;
  seen.getContext("2d").drawImage(sample.canvas, 0, 0);
  if (!seenFrame) return;
  const [[y0, x0], [y1, x1]] = seenFrame;
  const scale = over.width / facts.shape[2];
  const pen = over.getContext("2d");
  pen.lineWidth = Math.max(2, factor / 3);
  pen.strokeStyle = theme.mark;
  pen.strokeRect(x0 * scale, y0 * scale, (x1 - x0) * scale, (y1 - y0) * scale);
}

function fillKernels() {
  $("learnt").hidden = !run.kernels.length;
  for (const [name, { shape, values }] of Object.entries(kernelValues)) {
    if (!kernelCanvases[name]) {
      const line = element("div", "layer");
      const text = element("div");
      const part = { canvas: element("canvas"), note: element("div", "note") };
      const title = element("div", "name");
      title.textContent = name;
      part.canvas.setAttribute("role", "img");
      part.canvas.setAttribute("aria-label", `Kernels of ${name}: ${shape.join(" by ")}`);
      text.append(title, part.note);
      const maps = element("div", "maps");
      maps.append(part.canvas);
      line.append(text, maps);
      $("all-kernels").append(line);
      kernelCanvases[name] = part;
    }
    const { canvas, note } = kernelCanvases[name];
    const [out, maps, height, width] = shape;
    const narrow = window.matchMedia("(max-width: 680px)").matches;
    const room = Math.max(120, $("all-kernels").clientWidth - (narrow ? 0 : 142));
    const layout = layoutOf([out * maps, height, width], room, false, false);
    const [low, high] = rangeOf(values);
    paintMaps(canvas, values, layout, [low, high]);
    note.textContent = `${height}×${width}, ${short(low)} … ${short(high)}`;
  }
}

function fillWorst() {
  const found = run.worst.map(({ number, label, answer, energy, shape, pixels }) => {
    const figure = element("figure");
    const said = element("div", answer && answer !== label ? "wrong" : "");
    const canvas = pictureOf(bytesOf(pixels), shape);
    const note = element("div", "note");
    canvas.setAttribute("role", "img");
    canvas.setAttribute("aria-label", `Training sample ${number}: ${label}`);
    said.textContent = !answer || answer === label ? label : `${answer}, is ${label}`;
    note.textContent = `energy now ${energy === null ? "?" : short(energy)}`;
    figure.append(canvas, said, note);
    return figure;
  });
  $("worst").replaceChildren(...found);
}

function fillSpreads() {
  for (const { name, ...both } of run.spreads) {
    if (!spreadParts[name]) {
      const line = element("div", "spread");
      const title = element("div", "name");
      title.textContent = name;
      line.append(title);
      spreadParts[name] = {};
      for (const kind of ["weights", "gradients"]) {
        const part = { svg: drawn("svg", { role: "img" }), note: element("div", "note") };
        const cell = element("div");
        part.svg.setAttribute("aria-label", `${kind} of ${name}`);
        cell.append(part.svg, part.note);
        line.append(cell);
        spreadParts[name][kind] = part;
      }
      $("spreads").append(line);
    }
    for (const kind of ["weights", "gradients"]) {
      const { svg, note } = spreadParts[name][kind];
      const of = both[kind];
      drawBars(svg, of ? of.counts : []);
      note.textContent = of ? `${kind} ${short(of.low)} … ${short(of.high)}` : `no ${kind} yet`;
    }
  }
}
