"use strict";
// The facts of a net, {shape, classes, rows, ...}: netkit/play/facts.py.
const facts = JSON.parse(/*FACTS*/);
const $ = id => document.getElementById(id);
const element = (tag, name = "") => Object.assign(document.createElement(tag), { className: name });
const say = text => {
  $("problem").textContent = text;
};
// The colours of the style in force: asked when they change, for asking makes the browser lay out.
const theme = {};
function readTheme() {
  const style = getComputedStyle(document.documentElement);
  for (const name of ["ink", "mark"]) theme[name] = style.getPropertyValue(`--${name}`).trim();
}
readTheme();
let engine = null;
let answered = null; // what was answered last: { pixels, label, confidences, boxes }
