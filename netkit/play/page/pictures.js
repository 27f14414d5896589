// ---- pictures: of the data, from a file, dropped, pasted, or from the camera ----
let shownPicture = null; // a canvas
let pictureBytes = null; // the same as the net takes it
let stream = null;
let frames = 0;

function canvasOf(image, width, height) {
  const canvas = element("canvas");
  canvas.width = width;
  canvas.height = height;
  const brush = canvas.getContext("2d", { willReadFrequently: true });
  brush.drawImage(image, 0, 0, width, height);
  return canvas;
}

function takePicture(canvas) {
  const source = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  strokes = [];
  current = null;
  shownPicture = canvas;
  pictureBytes = fitted(source, facts.shape, facts.fitting);
  paintPad();
  ask();
}

async function takeFile(file) {
  stopCamera();
  try {
    const image = await createImageBitmap(file, { colorSpaceConversion: "none" });
    if (image.width * image.height > 5e7)
      throw new Error(`${image.width}×${image.height} pixels are too many`);
    takePicture(canvasOf(image, image.width, image.height));
    say("");
  } catch (error) {
    say(`${file.name}: cannot be shown (${error.message}): take a PNG or JPEG picture.`);
  }
}

$("choose").onclick = () => $("file").click();
$("file").onchange = () => {
  if ($("file").files[0]) takeFile($("file").files[0]);
  $("file").value = "";
};
document.addEventListener("dragover", event => {
  event.preventDefault();
  $("ask").classList.add("over");
});
document.addEventListener("dragleave", () => $("ask").classList.remove("over"));
document.addEventListener("drop", event => {
  event.preventDefault();
  $("ask").classList.remove("over");
  if (event.dataTransfer.files[0]) takeFile(event.dataTransfer.files[0]);
});
document.addEventListener("paste", event => {
  const file = [...event.clipboardData.files].find(each => each.type.startsWith("image/"));
  if (file) takeFile(file);
});

// ---- pictures of the data ----
function makeExamples() {
  const [channels, height, width] = facts.shape;
  const one = channels * height * width;
  const bytes = engine.examples ?? bytesOf(facts.examples.pixels);
  facts.examples.labels.forEach((label, k) => {
    const pixels = bytes.subarray(k * one, (k + 1) * one);
    const button = element("button");
    const name = facts.classes[label];
    const canvas = pictureOf(pixels, facts.shape);
    button.type = "button";
    button.title = name ?? "";
    button.setAttribute("aria-label", `Picture ${k + 1} of the data` + (name ? `: ${name}` : ""));
    canvas.setAttribute("aria-hidden", "true");
    button.append(canvas);
    button.onclick = () => {
      stopCamera();
      strokes = [];
      current = null;
      shownPicture = canvas;
      pictureBytes = pixels;
      paintPad();
      ask();
    };
    $("examples").append(button);
  });
}

// ---- camera ----
async function startCamera() {
  try {
    stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
  } catch (error) {
    say(
      `The camera does not answer (${error.message}): allow it for this page, or take a picture.`,
    );
    return;
  }
  say("");
  $("camera").setAttribute("aria-pressed", "true");
  $("video").srcObject = stream;
  $("video").hidden = false;
  pad.hidden = true;
  await $("video").play();
  const mine = ++frames;
  const step = async () => {
    const { videoWidth: width, videoHeight: height } = $("video");
    if (!stream || mine !== frames) return;
    if (width) {
      takePicture(canvasOf($("video"), width, height));
      await answering;
    }
    requestAnimationFrame(step);
  };
  step();
}

function stopCamera() {
  if (!stream) return;
  stream.getTracks().forEach(track => track.stop());
  stream = null;
  $("video").srcObject = null;
  $("video").hidden = true;
  pad.hidden = false;
  $("camera").setAttribute("aria-pressed", "false");
}
$("camera").onclick = () => (stream ? stopCamera() : startCamera());
