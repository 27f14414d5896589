"use strict";
// The facts of a net, {shape, classes, rows, ...}: netkit/play/facts.py.
const facts = JSON.parse(/*FACTS*/);
const $ = id => document.getElementById(id);
const element = (tag, name = "") => Object.assign(document.createElement(tag), { className: name });
const say = text => { $("problem").textContent = text; };
let engine = null;
let answered = null;  // what was answered last: { pixels, label, confidences, boxes }
