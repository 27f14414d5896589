// What the scripts of all pages share.

// What is too wide and scrolls can be reached by the tab key, for as long as it scrolls.
const scrolling = new ResizeObserver(entries => {
  for (const box of new Set(entries.map(entry => entry.target.closest("section, figure, pre"))))
    if (!box) continue;
    else if (box.scrollWidth > box.clientWidth && getComputedStyle(box).overflowX === "auto") box.tabIndex = 0;
    else box.removeAttribute("tabindex");
});
const observed = ["section", "figure", "pre", "table", "img"];
document.querySelectorAll(observed.join()).forEach(element => scrolling.observe(element));

// An element with attributes and what is inside it; of a drawing where its tag is one of those.
const make = (tag, attributes = {}, ...inside) => {
  const svg = ["svg", "g", "path", "line", "circle", "rect", "text", "title"].includes(tag);
  const element = svg ? document.createElementNS("http://www.w3.org/2000/svg", tag) : document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...inside);
  if (observed.includes(tag)) scrolling.observe(element);
  return element;
};
