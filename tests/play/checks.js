// What a page is checked for, as axe does it: run in the page, returns the faults.
const faults = [];
const all = [...document.body.querySelectorAll("*")];
const seen = node => node.checkVisibility();
const nameOf = node =>
  node.getAttribute("aria-label") ||
  node.textContent.trim() ||
  (node.labels &&
    [...node.labels]
      .map(label => label.textContent)
      .join(" ")
      .trim()) ||
  "";
for (const node of all.filter(n =>
  n.matches("button, input, canvas, video, section, ul, [role]"),
)) {
  if (node.closest("[aria-hidden=true]")) continue;
  const by = node.getAttribute("aria-labelledby");
  const name = by ? document.getElementById(by)?.textContent : nameOf(node);
  if (!name && node.getAttribute("role") !== "alert")
    faults.push("no name: " + node.outerHTML.slice(0, 90));
}
const ids = all.map(n => n.id).filter(Boolean);
if (new Set(ids).size !== ids.length) faults.push("an id twice");
for (const node of all)
  for (const name of ["aria-labelledby", "aria-describedby", "for"]) {
    const id = node.getAttribute(name);
    if (id && !document.getElementById(id)) faults.push(`${name}=${id}: nothing there`);
  }
if (document.documentElement.lang !== "en" || document.querySelectorAll("h1").length !== 1)
  faults.push("language or h1");
const rgb = text => text.match(/[\d.]+/g).map(Number);
const light = ([r, g, b]) =>
  [r, g, b]
    .map(v => v / 255)
    .map(v => (v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4))
    .reduce((sum, v, k) => sum + v * [0.2126, 0.7152, 0.0722][k], 0);
const groundOf = node => {
  for (let at = node; at; at = at.parentElement) {
    const colour = rgb(getComputedStyle(at).backgroundColor);
    if (colour.length < 4 || colour[3] > 0) return colour;
  }
  return [255, 255, 255];
};
for (const node of all.filter(
  n => seen(n) && [...n.childNodes].some(c => c.nodeType === 3 && c.data.trim()),
)) {
  if (node.matches(":disabled")) continue;
  const [a, b] = [rgb(getComputedStyle(node).color), groundOf(node)]
    .map(light)
    .sort((x, y) => y - x);
  if ((a + 0.05) / (b + 0.05) < 4.5) faults.push("contrast: " + node.outerHTML.slice(0, 90));
}
for (const node of all.filter(n => seen(n) && n.tabIndex >= 0 && !n.disabled)) {
  node.focus({ focusVisible: true });
  const style = getComputedStyle(node);
  if (
    document.activeElement !== node ||
    style.outlineStyle === "none" ||
    parseFloat(style.outlineWidth) < 2
  )
    faults.push("focus not seen: " + node.outerHTML.slice(0, 90));
}
const dark = matchMedia("(prefers-color-scheme: dark)").matches;
const ground = light(rgb(getComputedStyle(document.body).backgroundColor));
if (dark !== ground < 0.2) faults.push("the ground is of the other scheme");
return faults;
