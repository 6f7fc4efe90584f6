/** Plots as SVG. Each has a text that says what it shows. */

import { number, svg } from "./dom.js";

const WIDTH = 640;
const HEIGHT = 200;
const LEFT = 44;
const BOTTOM = 30;
const TOP = 10;
const RIGHT = 12;

function frame(label, height = HEIGHT) {
  return svg("svg", { viewBox: `0 0 ${WIDTH} ${height}`, role: "img", "aria-label": label, class: "plot" });
}

function axes(plot, most, y, left, right) {
  for (let i = 0; i <= 4; i++) {
    const value = (most * i) / 4;
    plot.append(
      svg("line", { x1: LEFT, x2: WIDTH - RIGHT, y1: y(value), y2: y(value), class: "grid" }),
      svg("text", { x: LEFT - 6, y: y(value) + 4, class: "tick end" }, number(value, most < 0.1 ? 3 : 2)),
    );
  }
  plot.append(
    svg("text", { x: LEFT, y: HEIGHT - 8, class: "tick" }, left),
    svg("text", { x: WIDTH - RIGHT, y: HEIGHT - 8, class: "tick end" }, right),
  );
}

function line(points, name) {
  let path = "";
  let open = false;
  for (const [x, y] of points) {
    path += y === null ? "" : (open ? "L" : "M") + x.toFixed(1) + " " + y.toFixed(1);
    open = y !== null;
  }
  return svg("path", { d: path, class: "line " + name });
}

/** What was measured in a step: the residual, the divergence of a probe, or how far the velocity changed. */
function measured(step) {
  if (Number.isFinite(step.residual)) {
    return [step.residual, "residual"];
  }
  if (Number.isFinite(step.divergence?.relative_l2)) {
    return [step.divergence.relative_l2, "divergence"];
  }
  return Number.isFinite(step.velocity_change) ? [step.velocity_change, "change"] : [null, ""];
}

/** Measurements against thresholds, step by step. `count`: steps of the whole run. */
export function divergencePlot(steps, count) {
  const values = steps.map(measured);
  const seen = values.map(([value]) => value).concat(steps.map((step) => step.threshold)).filter(Number.isFinite);
  const most = Math.max(0.1, ...seen) * 1.1;
  const x = (index) => LEFT + ((index + 0.5) / Math.max(1, count)) * (WIDTH - LEFT - RIGHT);
  const y = (value) => TOP + (1 - value / most) * (HEIGHT - TOP - BOTTOM);
  const known = values.filter(([value]) => value !== null).length;
  const plot = frame(`${known} measurements and the thresholds of ${steps.length} of ${count} steps`);
  axes(plot, most, y, "step 1, pure noise", `step ${count}`);
  plot.append(line(steps.map((step) => [x(step.index), Number.isFinite(step.threshold) ? y(step.threshold) : null]), "threshold"));
  steps.forEach((step, i) => {
    const [value, kind] = values[i];
    if (value !== null) {
      const title = svg("title", {}, `step ${step.index + 1}: ${kind} ${number(value, 3)}, threshold ` +
        `${number(step.threshold, 3)}, ${step.reason.replaceAll("_", " ")}`);
      plot.append(svg("circle", { cx: x(step.index), cy: y(value), r: kind === "change" ? 3 : 4.5, class: "dot " + kind }, title));
    }
  });
  return plot;
}

/** Time against promised deviation of each quality, the chosen one marked. `choose` is told of a point that is clicked. */
export function planPlot(qualities, chosen, choose) {
  const points = qualities.filter((one) => Number.isFinite(one.seconds) && Number.isFinite(one.promise?.deviation));
  const most = Math.max(0.01, ...points.map((one) => one.promise.deviation)) * 1.1;
  const longest = Math.max(0.1, ...points.map((one) => one.seconds)) * 1.05;
  const x = (value) => LEFT + (value / longest) * (WIDTH - LEFT - RIGHT);
  const y = (value) => TOP + (1 - value / most) * (HEIGHT - TOP - BOTTOM);
  const plot = frame("Promised deviation over seconds, by quality");
  axes(plot, most, y, "0 s", number(longest, 1) + " s");
  plot.append(line(points.map((one) => [x(one.seconds), y(one.promise.deviation)]), "residual"));
  const nearest = points.reduce((best, one) =>
    (!best || Math.abs(one.quality - chosen) < Math.abs(best.quality - chosen) ? one : best), null);
  for (const one of points) {
    const dot = svg("circle", { cx: x(one.seconds), cy: y(one.promise.deviation), r: one === nearest ? 8 : 5,
      class: "dot pick" + (one === nearest ? " chosen" : "") }, svg("title", {},
      `quality ${one.quality}: ${number(one.seconds, 1)} s, deviation at most ${number(one.promise.deviation, 3)}` +
      (one.promise.provisional ? " (provisional)" : "")));
    dot.addEventListener("click", () => choose(one.quality));
    plot.append(dot);
  }
  return plot;
}

/** Divergence and threshold over sigma, as a pair's calibration has them. */
export function pairPlot(bins) {
  const most = Math.max(0.1, ...bins.map((bin) => bin.relative_l2.mean)) * 1.25;
  const x = (sigma) => LEFT + (1 - sigma) * (WIDTH - LEFT - RIGHT);
  const y = (value) => TOP + (1 - Math.min(1, value / most)) * (HEIGHT - TOP - BOTTOM);
  const plot = frame("Divergence of the two models and the threshold, from sigma 1 to sigma 0");
  axes(plot, most, y, "sigma 1, pure noise", "sigma 0");
  const middle = (bin) => (bin.sigma_from + bin.sigma_to) / 2;
  const sorted = [...bins].sort((a, b) => middle(b) - middle(a));
  plot.append(
    line(sorted.map((bin) => [x(middle(bin)), Number.isFinite(bin.threshold) ? y(bin.threshold) : null]), "threshold"),
    line(sorted.map((bin) => [x(middle(bin)), bin.count > 0 ? y(bin.relative_l2.mean) : null]), "residual"),
  );
  return plot;
}
