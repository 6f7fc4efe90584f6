/** Small helpers for the page's elements. */

export const at = (id) => document.getElementById(id);

/** An element with properties and children; text is never read as HTML. */
export function make(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name in element) {
      element[name] = value;
    } else {
      element.setAttribute(name, value);
    }
  }
  element.append(...children);
  return element;
}

export function svg(tag, attributes = {}, ...children) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) {
    element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
}

export function options(select, entries, chosen = select.value) {
  select.replaceChildren(...entries.map(([value, textContent]) => make("option", { value, textContent })));
  select.value = entries.some(([value]) => value === chosen) ? chosen : entries[0]?.[0] ?? "";
}

/** A button that does something, its refusals shown by `attempt`. */
export function button(text, act, className = "") {
  const element = make("button", { type: "button", textContent: text, className });
  element.addEventListener("click", act);
  return element;
}

export const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** `act`, once nothing has called for it any more for so many milliseconds. */
export function settled(ms, act) {
  let timer = 0;
  return () => {
    clearTimeout(timer);
    timer = setTimeout(act, ms);
  };
}

export const number = (value, digits) => (Number.isFinite(value) ? value.toFixed(digits) : "–");

/** Three significant digits, without an exponent. */
export const figure = (value) =>
  Number.isFinite(value) ? Number(value.toPrecision(3)).toLocaleString("en", { maximumFractionDigits: 6 }) : "–";

export const seconds = (value) => (Number.isFinite(value) ? value.toFixed(value < 10 ? 1 : 0) + " s" : "–");

export const plain = (code) => String(code).replaceAll("_", " ");
