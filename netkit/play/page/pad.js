// ---- pad: strokes by mouse, finger or keyboard ----
const pad = $("pad");
const pen = pad.getContext("2d");
const NEAR = 1.5; // pixels of the pad: a point that is nearer than that to the last is left out
const MOST = 4000; // points in all
const HOP = 8; // pixels of an arrow key
let strokes = [];
let current = null; // the stroke that is being drawn
let caret = [140, 40];

function place(event) {
  const box = pad.getBoundingClientRect();
  return [
    ((event.clientX - box.left) * pad.width) / box.width,
    ((event.clientY - box.top) * pad.height) / box.height,
  ];
}

function begin(point) {
  if (shownPicture) clearAll();
  current = [point];
  strokes.push(current);
  paintPad();
  ask();
}

// A point is kept before anything is asked, and the pen's last one in any case.
function extend(point, last = false) {
  const [x, y] = current[current.length - 1];
  const [px, py] = point;
  const far = (px - x) ** 2 + (py - y) ** 2 >= NEAR ** 2;
  if (!(far || (last && (px !== x || py !== y))) || strokes.flat().length >= MOST) return;
  current.push(point);
  paintLine(current.slice(-2));
}

function end(event) {
  if (!current) return;
  if (event?.type === "pointerup") extend(place(event), true);
  current = null;
  ask();
}

pad.addEventListener("pointerdown", event => {
  if (event.button) return;
  pad.setPointerCapture(event.pointerId);
  begin(place(event));
});
pad.addEventListener("pointermove", event => {
  if (!current) return;
  const events = event.getCoalescedEvents?.() ?? [];
  for (const e of events.length ? events : [event]) extend(place(e));
  ask();
});
pad.addEventListener("pointerup", end);
pad.addEventListener("pointercancel", end);
pad.addEventListener("blur", end);
pad.addEventListener("keydown", event => {
  const hops = {
    ArrowUp: [0, -HOP],
    ArrowDown: [0, HOP],
    ArrowLeft: [-HOP, 0],
    ArrowRight: [HOP, 0],
  };
  if (event.key === " ") {
    if (current) end();
    else begin([...caret]);
  } else if (event.key === "Backspace") undo();
  else if (hops[event.key]) {
    caret = caret.map((at, k) => Math.min(Math.max(at + hops[event.key][k], 10), pad.width - 10));
    if (current) {
      extend([...caret], true);
      ask();
    }
    paintPad();
  } else return;
  event.preventDefault();
});

function paintLine(points) {
  pen.lineWidth = 22;
  pen.lineCap = pen.lineJoin = "round";
  pen.strokeStyle = "#fff";
  pen.beginPath();
  pen.moveTo(...points[0]);
  for (const point of points) pen.lineTo(...point);
  pen.stroke();
}

function paintPad() {
  pen.clearRect(0, 0, pad.width, pad.height);
  if (shownPicture) {
    const scale = Math.min(pad.width / shownPicture.width, pad.height / shownPicture.height);
    const [w, h] = [shownPicture.width * scale, shownPicture.height * scale];
    pen.imageSmoothingEnabled = scale < 2;
    pen.drawImage(shownPicture, (pad.width - w) / 2, (pad.height - h) / 2, w, h);
    return;
  }
  strokes.forEach(paintLine);
  if (document.activeElement === pad && pad.matches(":focus-visible")) {
    pen.lineWidth = 2;
    pen.strokeStyle = "#ff5fae";
    pen.beginPath();
    pen.arc(...caret, 9, 0, 2 * Math.PI);
    pen.stroke();
  }
}
pad.addEventListener("focus", paintPad);
pad.addEventListener("blur", paintPad);

function undo() {
  if (shownPicture) clearAll();
  current = null;
  strokes.pop();
  paintPad();
  if (strokes.length) ask();
  else clearAnswer();
}

function clearAll() {
  stopCamera();
  strokes = [];
  current = shownPicture = pictureBytes = null;
  paintPad();
  clearAnswer();
}
