// ---- live: asks for the newest snapshot, and hands on what is wanted of the run ----
const OFTEN = 200; // milliseconds between two questions
const TRIES = 5; // questions without an answer after which the run is taken to be over
let wanted = 0; // the sample to show
let version = -1;
window.fills = 0; // snapshots shown so far

async function post(path, asked) {
  const headers = { "Content-Type": "application/json" };
  const reply = await fetch(path, { method: "POST", headers, body: JSON.stringify(asked) });
  if (!reply.ok) throw new Error(await reply.text());
  return reply;
}

async function ask(asked) {
  try {
    await post("/do", asked);
    say("");
  } catch (error) {
    say(`Not done (${error.message}).`);
  }
}

// A page that nobody sees asks nothing, and costs the run nothing.
async function follow() {
  let failed = 0;
  while (failed < TRIES && !(run && run.ended)) {
    await new Promise(next => setTimeout(next, OFTEN));
    if (document.hidden) continue;
    try {
      const reply = await post("/run", { chosen: wanted });
      const snapshot = readSnapshot(await reply.arrayBuffer());
      failed = 0;
      if (snapshot.text.version === version) continue;
      version = snapshot.text.version;
      fill(snapshot);
      window.fills++;
    } catch (error) {
      failed++;
      if (failed === TRIES) say("The run does not answer any more: it is over, or was stopped.");
    }
  }
  if (run && run.ended) say(`The run is over: ${run.ended}. What it had learnt stays here.`);
}

function makeSamples() {
  facts.samples.forEach((sample, k) => {
    const button = element("button");
    sample.canvas = pictureOf(bytesOf(sample.pixels), sample.shape);
    const canvas = pictureOf(bytesOf(sample.pixels), sample.shape);
    button.type = "button";
    button.title = sample.label;
    button.setAttribute("aria-label", `Sample ${k + 1} of the data: ${sample.label}`);
    button.setAttribute("aria-pressed", String(k === 0));
    canvas.setAttribute("aria-hidden", "true");
    button.append(canvas);
    button.onclick = () => {
      wanted = k;
    };
    $("examples").append(button);
  });
}

function makeControls() {
  $("go").onclick = () => ask({ do: run && run.paused ? "go" : "pause" });
  $("step").onclick = () => ask({ do: "step" });
  $("speed").onchange = () => ask({ speed: Number($("speed").value) });
  $("steer").onsubmit = event => {
    event.preventDefault();
    const eta = Number($("eta").value.trim() || NaN);
    if (Number.isFinite(eta) && eta >= 0) ask({ eta });
    else say(`eta=${$("eta").value}: give a number from 0, such as 0.001`);
    $("eta").blur();
  };
}

function main() {
  $("title").textContent = facts.title;
  $("about").textContent = facts.about;
  document.title = `${facts.title} learns – netkit`;
  $("rights").hidden = facts.boxes;
  // The kernels that a number of a row is made with, from the newest snapshot.
  engine = {
    kernels: async (row, map) => {
      const found = kernelValues[facts.rows[row].name];
      if (!found || map >= found.shape[0]) return null;
      const one = found.values.length / found.shape[0];
      return found.values.subarray(map * one, (map + 1) * one);
    },
  };
  makeControls();
  makeSamples();
  makeRows();
  paintSeen();
  window.addEventListener("resize", () => run && fillCharts());
  follow();
}
