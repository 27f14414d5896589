// ---- asking: the newest picture at the next frame, one question at a time ----
let answering = null;
let stale = false;
let asks = 0;
window.strokeTimes = []; // milliseconds from a question to what is seen of it

function pixelsToAsk() {
  if (pictureBytes) return pictureBytes;
  if (!strokes.length) return null;
  const [channels, height, width] = facts.shape;
  const ink = inkOf(strokes, height, width);
  const pixels = new Uint8Array(channels * ink.length);
  for (let c = 0; c < channels; c++) pixels.set(ink, c * ink.length);
  return pixels;
}

function ask() {
  stale = true;
  if (!answering && engine)
    answering = answerAll().finally(() => {
      answering = null;
    });
  return answering;
}

async function answerAll() {
  while (stale) {
    stale = false;
    await new Promise(next => setTimeout(next)); // events that wait come first
    const began = performance.now();
    const pixels = pixelsToAsk();
    const number = asks;
    if (!pixels) continue;
    try {
      const values = await engine.rows(pixels);
      if (number !== asks) continue; // cleared meanwhile
      show(pixels, values);
      say("");
      window.strokeTimes.push(performance.now() - began);
      if (!stale) await refreshHeat();
    } catch (error) {
      say(error.message);
    }
  }
}

// ---- answers ----
function makeBars() {
  if (facts.reading.kind === "boxes") document.body.classList.add("boxes");
  facts.classes.forEach(name => {
    const bar = element("li");
    const label = element("span", "name");
    const share = element("span", "share");
    const track = element("div");
    label.textContent = label.title = name;
    track.append(element("i"));
    bar.append(label, track, share);
    $("bars").append(bar);
  });
}

function show(pixels, values) {
  const outputs = values[values.length - 1];
  if (facts.reading.kind === "boxes") {
    const [, height, width] = facts.shape;
    const region = pixels.region ?? [0, 0, width, height];
    const boxes = readBoxes(outputs, facts.rows[facts.rows.length - 1].shape, region, facts);
    const best = facts.classes.map((_, k) =>
      Math.max(0, ...boxes.filter(b => b.label === k).map(b => b.confidence)),
    );
    answered = { pixels, boxes, confidences: best, label: largest(best) };
    write(
      boxes.length === 1 ? "1 found" : `${boxes.length} found`,
      "",
      boxes.length ? answered.label : -1,
    );
  } else {
    answered = {
      pixels,
      ...(values.said ?? readOutputs(outputs, facts.reading, facts.classes.length)),
    };
    write(
      facts.classes[answered.label],
      `confidence ${answered.confidences[answered.label].toFixed(2)}`,
      answered.label,
    );
  }
  heat = null;
  $("look").disabled = facts.reading.kind === "boxes";
  showRows(values);
}

function write(answer, confidence, best) {
  $("answer").textContent = answer;
  $("answer").classList.toggle("long", answer.length > 6);
  $("confidence").textContent = confidence;
  [...$("bars").children].forEach((bar, k) => {
    const share = answered ? answered.confidences[k] : 0;
    bar.classList.toggle("best", k === best);
    bar.querySelector("i").style.width = `${100 * share}%`;
    bar.querySelector(".share").textContent = answered ? share.toFixed(2) : "";
  });
}

function clearAnswer() {
  asks++;
  answered = heat = null;
  write("", "", -1);
  $("look").disabled = true;
  for (const part of rowParts) {
    part.values = null;
    part.note.textContent = "";
    part.canvas.getContext("2d").clearRect(0, 0, part.canvas.width, part.canvas.height);
  }
  showChosen();
}

// ---- the iterations of a run ----
function makeIterations() {
  if (!facts.kept || facts.kept.length < 2) return;
  const slider = $("iteration");
  const name = () => {
    $("iteration-name").textContent = facts.kept[slider.value];
  };
  slider.max = facts.kept.length - 1;
  slider.value = facts.at;
  $("iterations").hidden = false;
  slider.oninput = () => {
    name();
    engine.at = +slider.value;
    if (chosen) showKernels(chosen.row, chosen.map);
    ask();
  };
  name();
}

async function main() {
  $("title").textContent = facts.title;
  $("about").textContent = facts.about;
  document.title = `${facts.title} – netkit`;
  $("undo").onclick = undo;
  $("clear").onclick = clearAll;
  makeBars();
  makeRows();
  makeIterations();
  paintSeen();
  try {
    engine = await makeEngine(facts);
  } catch (error) {
    say(error.message);
    return;
  }
  makeExamples();
  // A page that shows something says what it is for; the first stroke takes the picture away.
  if (!strokes.length && !shownPicture) $("examples").firstChild?.click();
  ask();
}
