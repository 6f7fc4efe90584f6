/** One video: its steps as they come, and what came of it. */

import { at, figure, make, number, plain, seconds } from "./dom.js";
import * as api from "./api.js";
import * as audits from "./audits.js";
import { cells, legend } from "./cells.js";
import { follow, running } from "./live.js";
import { draw, key, upTo } from "./plot.js";
import { SOURCES, STATUS, WORDS } from "./words.js";

let shown = null;
let address = null;
let watching = new AbortController();
let first = null;

export const current = () => shown;

/** Leaves nothing of an earlier video standing. */
export function clear() {
  watching.abort();
  shown = null;
  first = null;
  at("video").hidden = true;
  at("preview").hidden = true;
  at("video").removeAttribute("src");
  if (address) {
    URL.revokeObjectURL(address);
    address = null;
  }
  for (const id of ["cells", "plot", "summary", "legend", "actions", "plot-key"]) {
    at(id).replaceChildren();
  }
  at("steps-table").tBodies[0].replaceChildren();
  at("steps-details").hidden = true;
  at("status").textContent = "";
  at("left").textContent = "";
  at("audited").textContent = "";
  at("progress").value = 0;
  at("going").hidden = true;
  at("nothing").hidden = false;
  at("result").hidden = true;
  at("all-letters").replaceChildren(...legend(Object.keys(SOURCES).join("")));
}

/** Steps between two previews of a video that is being made. */
const PREVIEW_STEPS = 2;

let picture = null;

/** The page may show what it made itself, not what an address of data says: the picture is made of its bytes. */
function showPreview(preview) {
  at("preview").hidden = !preview;
  if (!preview || preview === picture) {
    return;
  }
  picture = preview;
  URL.revokeObjectURL(at("preview").src);
  const bytes = Uint8Array.from(atob(preview.split(",")[1]), (character) => character.charCodeAt(0));
  at("preview").src = URL.createObjectURL(new Blob([bytes], { type: "image/jpeg" }));
}

/** Seconds that are left, by how fast the progress has come since it was first seen. */
function left(progress) {
  const now = performance.now() / 1000;
  first ??= { progress, now };
  const pace = (progress - first.progress) / (now - first.now);
  return pace > 0 && now - first.now > 0.5 ? (100 - progress) / pace : NaN;
}

function showProgress(video) {
  at("nothing").hidden = true;
  at("result").hidden = false;
  const place = video.queue_position ? WORDS.queue(video.queue_position) : "";
  const cause = video.status === "failed" && video.error ? ": " + video.error.message : "";
  at("status").textContent = `${STATUS[video.status]}${place}${cause} – “${video.prompt}”`;
  at("progress").value = video.progress;
  at("going").hidden = !running(video);
  const rest = video.status === "in_progress" ? left(video.progress) : NaN;
  at("left").textContent = Number.isFinite(rest) ? WORDS.left(rest) : "";
}

function showSteps({ steps, schedule }, count) {
  at("cells").replaceChildren(...cells(schedule, Math.max(count, schedule.length)));
  at("cells").setAttribute("aria-label", WORDS.schedule(schedule));
  at("legend").replaceChildren(...legend(schedule));
  showPlot(steps, count);
}

function showPlot(steps, count) {
  const compared = steps.filter((step) => Number.isFinite(step.residual));
  const read = steps.flatMap((step) => Object.entries(step.read).map(([name, value]) =>
    [step.index + 1, value, WORDS.measuredPoint(step.index, name, value)]));
  const probed = steps.filter((step) => Number.isFinite(step.divergence?.relative_l2));
  const values = [...compared.flatMap((step) => [step.residual, step.threshold]), ...read.map(([, value]) => value),
    ...probed.map((step) => step.divergence.relative_l2)].filter(Number.isFinite);
  // A few far outliers would flatten all the rest.
  const most = Math.max(0.1, 3 * ([...values].sort((a, b) => a - b)[Math.floor(values.length * 0.8)] ?? 0));
  const within = (value) => Math.min(value, most);
  draw(at("plot"), {
    label: WORDS.steps(steps.length, count),
    x: { min: 0, max: count + 1, label: WORDS.stepX },
    y: { ...upTo(values.map(within), 0.1), label: WORDS.stepY },
    series: [
      { kind: "line", name: "threshold", points: steps.map((step) => [step.index + 1, Number.isFinite(step.threshold) ? within(step.threshold) : null]) },
      { kind: "dots", name: "read", radius: 3, points: read.map(([x, y, title]) => [x, within(y), title]) },
      { kind: "dots", name: "divergence", points: probed.map((step) =>
        [step.index + 1, within(step.divergence.relative_l2), WORDS.divergencePoint(step.index, step.divergence.relative_l2)]) },
      { kind: "dots", name: "predicted", points: compared.map((step) =>
        [step.index + 1, within(step.residual), WORDS.stepPoint(step), step.compared === step.letter ? "taken" : "left"]) },
    ],
  });
  at("plot-key").replaceChildren(...key(WORDS.plotKey));
}

function showTable(steps) {
  at("steps-table").tBodies[0].replaceChildren(...steps.map((step) => {
    const read = Object.entries(step.read).map(([name, value]) => plain(name) + " " + figure(value)).join(", ");
    const values = [step.index + 1, number(step.sigma, 3), step.letter, WORDS.why(step), figure(step.residual ?? NaN),
      figure(step.threshold ?? NaN), read];
    return make("tr", {}, ...values.map((value) => make("td", { textContent: value })));
  }));
  at("steps-details").hidden = steps.length === 0;
}

function showSummary(video) {
  const blend = video.flowblend;
  const facts = {
    speedup: Number.isFinite(blend.speedup) ? WORDS.speedup(blend.speedup) : null,
    compute: blend.compute ? WORDS.computeOf(blend.compute.tflops / blend.compute.large_only_tflops) : null,
    time: video.inference_time_s ? seconds(video.inference_time_s) : null,
    promise: blend.promise ? WORDS.atMost(blend.promise.deviation) : null,
    predicted: Number.isFinite(blend.predicted_deviation) ? WORDS.deviation(blend.predicted_deviation) : null,
    quality: WORDS.qualityOf(blend),
    fallback: blend.fallback ? WORDS.fallbackOf(blend.fallback) : null,
    seed: String(video.seed),
    id: video.id,
  };
  at("summary").replaceChildren(...Object.entries(facts).filter(([, value]) => value)
    .flatMap(([name, value]) => [make("dt", { textContent: WORDS.facts[name] }), make("dd", { textContent: value })]));
}

/** Says whether the promise was kept, where an audit has found out. */
async function showAudit(video) {
  if (!video.flowblend.promise || video.flowblend.promise.deviation === 0) {
    return;
  }
  const found = await audits.of(video.model);
  if (shown?.id === video.id) {
    at("audited").textContent = WORDS.audit(audits.ofVideo(video, found), found);
  }
}

async function play(id) {
  const loaded = await api.content(id, "video");
  if (shown?.id !== id) {
    URL.revokeObjectURL(loaded);
    return;
  }
  address = loaded;
  at("video").src = address;
  at("video").hidden = false;
  if (!matchMedia("(prefers-reduced-motion: reduce)").matches) {
    at("video").play().catch(() => {});
  }
}

/** Times as long as the last drawing took have to pass before the next one: a page that draws every step of a long run is stuck. */
const DRAWING_PAUSE = 3;

function redraw({ video, trace, preview }) {
  const begun = performance.now();
  showProgress(video);
  showPreview(running(video) ? preview : null);
  showSteps(trace, video.num_inference_steps);
  showTable(trace.steps);
  showSummary(video);
  return performance.now() - begun;
}

/**
 * Shows a video until it is finished, or until another one is shown.
 *
 * @param tools gives the buttons of a finished video
 */
export async function show(id, tools) {
  clear();
  const mine = watching = new AbortController();
  let latest = null;
  let waiting = null;
  let took = 0;
  for await (const state of follow(id, mine.signal, at("with-previews").checked ? PREVIEW_STEPS : 0)) {
    if (mine.signal.aborted) {
      break;
    }
    latest = state;
    shown = state.video;
    waiting ??= setTimeout(() => {
      waiting = null;
      took = mine.signal.aborted ? 0 : redraw(latest);
    }, DRAWING_PAUSE * took);
  }
  clearTimeout(waiting);
  if (mine.signal.aborted || !shown) {
    return;
  }
  redraw(latest);
  at("actions").replaceChildren(...tools(shown));
  if (shown.status === "completed") {
    showAudit(shown);
    await play(id);
  }
}
