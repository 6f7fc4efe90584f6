/** One video: its steps as they come, and what came of it. */

import { at, make, number, seconds } from "./dom.js";
import * as api from "./api.js";
import { divergencePlot } from "./plot.js";
import { SOURCES } from "./words.js";

let shown = null;
let address = null;

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const running = (video) => video.status === "queued" || video.status === "in_progress";

export const current = () => shown;

/** Leaves nothing of an earlier video standing. */
export function clear() {
  shown = null;
  at("video").hidden = true;
  at("video").removeAttribute("src");
  if (address) {
    URL.revokeObjectURL(address);
    address = null;
  }
  for (const id of ["cells", "plot", "summary", "legend"]) {
    at(id).replaceChildren();
  }
  at("steps-table").tBodies[0].replaceChildren();
  at("steps-details").hidden = true;
  at("status").textContent = "";
  at("progress").value = 0;
  at("actions").hidden = true;
  at("cancel").hidden = true;
  at("nothing").hidden = false;
  at("result").hidden = true;
}

function showProgress(video) {
  at("nothing").hidden = true;
  at("result").hidden = false;
  const place = video.queue_position ? `, number ${video.queue_position} in the queue` : "";
  const words = { queued: "Queued", in_progress: "Running", completed: "Done", failed: "Failed" }[video.status];
  const cause = video.status === "failed" && video.error ? ": " + video.error.message : "";
  at("status").textContent = `${words}${place}${cause} – “${video.prompt}”`;
  at("progress").value = video.progress;
  at("progress").hidden = !running(video);
  at("cancel").hidden = !running(video);
  at("download").hidden = video.status !== "completed";
  at("actions").hidden = false;
}

function showSteps(trace, count) {
  const letters = [...trace.schedule];
  const cells = [];
  for (let i = 0; i < count; i++) {
    const letter = letters[i];
    cells.push(make("span", {
      className: "cell " + (letter ?? "ahead"),
      textContent: letter ?? " ",
      title: letter ? `step ${i + 1}: ${SOURCES[letter]?.[1] ?? letter}` : "",
    }));
  }
  at("cells").replaceChildren(...cells);
  at("cells").setAttribute("aria-label", "Schedule: " + (trace.schedule || "no step made yet"));
  const used = Object.values(SOURCES).filter(([letter]) => letters.includes(letter));
  at("legend").replaceChildren(...used.map(([letter, words]) =>
    make("li", {}, make("span", { className: "cell " + letter, textContent: letter }), " " + words)));
  at("plot").replaceChildren(divergencePlot(trace.steps, count));
}

function showTable(trace) {
  const rows = trace.steps.map((step) => {
    const divergence = step.divergence?.relative_l2 ?? step.velocity_change;
    const values = [step.index + 1, number(step.sigma, 3), step.letter ?? step.move, number(step.residual ?? divergence, 3),
      number(step.threshold, 3), step.reason.replaceAll("_", " ")];
    return make("tr", {}, ...values.map((value) => make("td", { textContent: value })));
  });
  at("steps-table").tBodies[0].replaceChildren(...rows);
  at("steps-details").hidden = rows.length === 0;
}

function showSummary(video) {
  const blend = video.flowblend;
  const compute = blend.compute;
  const promised = blend.promise?.deviation ?? blend.promised_deviation;
  const fallback = blend.fallback;
  const facts = [
    ["Speedup", Number.isFinite(blend.speedup) ? number(blend.speedup, 2) + " × large only" : null],
    ["Compute", compute ? number((100 * compute.tflops) / compute.large_only_tflops, 0) + " % of large only" : null],
    ["Time", video.inference_time_s ? seconds(video.inference_time_s) : null],
    ["Deviation", Number.isFinite(promised) ? "at most " + number(promised, 3) + " promised" : null],
    ["Quality", number(blend.quality, 2) + " (" + blend.policy + ", " + blend.profile + ")"],
    ["Fallback", fallback ? `${fallback.reason.replaceAll("_", " ")} at step ${fallback.step + 1}` : null],
    ["Seed", String(video.seed)],
    ["Id", video.id],
  ];
  at("summary").replaceChildren(...facts.filter(([, value]) => value)
    .flatMap(([name, value]) => [make("dt", { textContent: name }), make("dd", { textContent: value })]));
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

/** Shows `video` until it is finished, or until another one is shown. `told` hears of the end. */
export async function follow(video, told = () => {}) {
  clear();
  shown = video;
  history.replaceState(null, "", "#" + video.id);
  let now = video;
  for (;;) {
    const trace = await api.trace(video.id);
    if (shown?.id !== video.id) {
      return;
    }
    shown = now;
    showProgress(now);
    showSteps(trace, now.num_inference_steps);
    if (!running(now)) {
      showTable(trace);
      showSummary(now);
      break;
    }
    await pause(250);
    now = await api.video(video.id);
  }
  told(now);
  if (now.status === "completed") {
    await play(now.id);
  }
}
