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

export const number = (value, digits) => (Number.isFinite(value) ? value.toFixed(digits) : "–");

export const seconds = (value) => (Number.isFinite(value) ? value.toFixed(value < 10 ? 1 : 0) + " s" : "–");
