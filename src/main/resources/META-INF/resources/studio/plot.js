/** Plots as SVG, drawn to the width of their frame. Each has a text that says what it shows. */

import { figure, make, svg } from "./dom.js";

const HEIGHT = 220;
const LEFT = 46;
const BOTTOM = 34;
const TOP = 24;
const RIGHT = 14;
const drawers = new WeakMap();

const widths = new ResizeObserver((entries) => {
  for (const { target } of entries) {
    const drawn = drawers.get(target);
    if (drawn && target.clientWidth > 0 && target.clientWidth !== drawn.width) {
      draw(target, drawn.spec);
    }
  }
});

/** A round distance between ticks, so that there are about `count` of them. */
function stride(range, count) {
  const raw = range / count;
  const power = 10 ** Math.floor(Math.log10(raw));
  return power * [1, 2, 5, 10].find((factor) => factor * power >= raw);
}

/** A linear scale from an axis `{min, max}` to pixels. */
function scale(axis, from, to) {
  return (value) => from + ((value - axis.min) / (axis.max - axis.min || 1)) * (to - from);
}

function ticks(axis, count) {
  const low = Math.min(axis.min, axis.max);
  const high = Math.max(axis.min, axis.max);
  const step = stride(high - low || 1, count);
  const found = [];
  for (let i = Math.ceil(low / step - 1e-9); i * step <= high + 1e-9 * step; i++) {
    found.push(i * step);
  }
  return found;
}

function axes(plot, spec, x, y, width) {
  for (const value of ticks(spec.y, 4)) {
    plot.append(
      svg("line", { x1: LEFT, x2: width - RIGHT, y1: y(value), y2: y(value), class: "grid" }),
      svg("text", { x: LEFT - 6, y: y(value) + 4, class: "tick end" }, figure(value)),
    );
  }
  for (const value of ticks(spec.x, width < 420 ? 4 : 8)) {
    plot.append(svg("text", { x: x(value), y: HEIGHT - BOTTOM + 15, class: "tick middle" }, figure(value)));
  }
  plot.append(svg("text", { x: width - RIGHT, y: HEIGHT - 3, class: "tick end" }, spec.x.label ?? ""),
    svg("text", { x: 4, y: 12, class: "tick" }, spec.y.label ?? ""));
}

/** A path through the points; a null breaks it. */
function path(points, x, y) {
  let text = "";
  let open = false;
  for (const [px, py] of points) {
    const there = Number.isFinite(py);
    text += there ? (open ? "L" : "M") + x(px).toFixed(1) + " " + y(py).toFixed(1) : "";
    open = there;
  }
  return text;
}

function band(points, x, y) {
  const edge = (list, index) => list.map((point) => x(point[0]).toFixed(1) + " " + y(point[index]).toFixed(1));
  return "M" + [...edge(points, 1), ...edge([...points].reverse(), 2)].join("L") + "Z";
}

function append(plot, series, x, y) {
  if (series.kind === "band") {
    plot.append(svg("path", { d: band(series.points, x, y), class: "band " + series.name }));
  } else if (series.kind === "line") {
    plot.append(svg("path", { d: path(series.points, x, y), class: "line " + series.name }));
  } else {
    for (const [px, py, title, name] of series.points) {
      const dot = svg("circle", { cx: x(px).toFixed(1), cy: y(py).toFixed(1), r: series.radius ?? 4, class: `dot ${series.name} ${name ?? ""}` });
      dot.append(...(title ? [svg("title", {}, title)] : []));
      plot.append(dot);
    }
  }
}

/**
 * Draws a plot into `frame` and keeps it drawn to the frame's width.
 *
 * @param spec `{label, x: {min, max, label}, y: {min, max}, series: [{kind, name, points}], grab}`; `grab` is told where, in
 *     the plot's own units, a pointer drags
 */
export function draw(frame, spec) {
  const width = Math.max(260, frame.clientWidth || 600);
  const x = scale(spec.x, LEFT, width - RIGHT);
  const y = scale(spec.y, HEIGHT - BOTTOM, TOP);
  const plot = svg("svg", { viewBox: `0 0 ${width} ${HEIGHT}`, role: "img", "aria-label": spec.label, class: "plot" });
  axes(plot, spec, x, y, width);
  for (const series of spec.series) {
    append(plot, series, x, y);
  }
  if (spec.grab) {
    plot.classList.add("grab");
    drag(frame, plot, width, spec, x, y);
  }
  frame.replaceChildren(plot);
  if (!drawers.has(frame)) {
    widths.observe(frame);
  }
  drawers.set(frame, { spec, width: frame.clientWidth });
}

/** Tells `spec.grab` of the pointer's place in pixels, with the scales to compare it by. */
function drag(frame, plot, width, spec, x, y) {
  const tell = (event) => {
    const box = frame.getBoundingClientRect();
    const zoom = width / box.width;
    spec.grab((event.clientX - box.left) * zoom, (event.clientY - box.top) * zoom, x, y);
  };
  plot.addEventListener("pointerdown", (event) => {
    event.preventDefault();
    const move = (moved) => tell(moved);
    const stop = () => {
      removeEventListener("pointermove", move);
      removeEventListener("pointerup", stop);
      removeEventListener("pointercancel", stop);
    };
    addEventListener("pointermove", move);
    addEventListener("pointerup", stop);
    addEventListener("pointercancel", stop);
    tell(event);
  });
}

/** What the lines of a plot are: `[[name, words]]`. */
export const key = (entries) => entries.map(([name, words]) =>
  make("span", { className: "key-of" }, make("span", { className: "key " + name }), words));

/** The axis from 0 to a little above the largest of `values`. */
export function upTo(values, least = 0) {
  return { min: 0, max: Math.max(least, ...values.filter(Number.isFinite)) * 1.08 || 1 };
}
