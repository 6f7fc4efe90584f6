/** The form: its fields, what they stand for in a request, and what is wrong with them. */

import { at, button, make, number, options, settled } from "./dom.js";
import * as api from "./api.js";
import { cells } from "./cells.js";
import { draw, upTo } from "./plot.js";
import { WORDS } from "./words.js";

/** Field of a request -> id of the input that stands for it. */
const FIELDS = {
  prompt: "prompt", negative_prompt: "negative", model: "model", size: "size", width: "size", height: "size",
  num_frames: "frames", seconds: "frames", fps: "fps", num_inference_steps: "steps", guidance_scale: "guidance",
  seed: "seed", quality: "quality", speedup: "quality", policy: "policy", profile: "profile", schedule: "schedule",
  input_reference: "first",
};
const NUMBERS = { steps: "num_inference_steps", guidance: "guidance_scale", frames: "num_frames", fps: "fps" };
const TEXTS = { negative: "negative_prompt", size: "size", profile: "profile", schedule: "schedule" };
/** A plan for more steps takes too long to follow a slider. */
const MOST_STEPS = 60;
const QUALITIES = [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 1];

let known = [];
let curve = [];
let question = 0;
let picture = null;

const quality = () => Number(at("quality").value);
const fixed = () => at("policy").value !== "adaptive" || at("schedule").value.trim() !== "";
const steps = () => Number(at("steps").value || at("steps").placeholder);
const byTime = () => at("goal-speedup").checked;

/** The form as a request; what is left empty is left to the pair. */
export function body() {
  const request = { prompt: at("prompt").value };
  if (at("model").value) {
    request.model = at("model").value;
  }
  for (const [id, name] of Object.entries(NUMBERS)) {
    if (at(id).value !== "") {
      request[name] = Number(at(id).value);
    }
  }
  for (const [id, name] of Object.entries(TEXTS)) {
    if (at(id).value.trim() !== "") {
      request[name] = at(id).value.trim();
    }
  }
  if (at("seed").value.trim() !== "") {
    request.seed = at("seed").value.trim();
    if (!/^\d+$/.test(request.seed)) {
      throw new api.Refusal(WORDS.badSeed, 422, "seed");
    }
  }
  if (picture) {
    request.input_reference = { image_url: picture };
  }
  return { ...request, ...knob(request) };
}

function knob(request) {
  if (request.schedule) {
    return {};
  }
  if (at("policy").value !== "adaptive") {
    return { policy: at("policy").value };
  }
  const speedup = byTime() ? speedupAt(quality()) : null;
  return speedup ? { speedup } : { quality: quality() };
}

/** Takes over the settings of a video, so that it can be made again, or another from the same seed. */
export function fill(settings) {
  at("prompt").value = settings.prompt;
  at("negative").value = settings.negative_prompt ?? "";
  at("size").value = settings.width + "x" + settings.height;
  at("frames").value = settings.num_frames;
  at("fps").value = settings.fps;
  at("steps").value = settings.num_inference_steps;
  at("guidance").value = settings.guidance_scale;
  at("seed").value = settings.seed;
  at("schedule").value = settings.schedule ?? "";
  at("policy").value = settings.schedule ? "static" : settings.policy;
  at("quality").value = settings.quality;
  at("profile").value = [...at("profile").options].some((one) => one.value === settings.profile) ? settings.profile : "";
  at("more").open = true;
  changed();
  at("prompt").focus();
}

export function clearErrors() {
  for (const id of new Set(Object.values(FIELDS))) {
    at(id).removeAttribute("aria-invalid");
    at(id + "-error")?.remove();
  }
}

/** Marks the field that a refusal names. Returns its label, or nothing if it is none of the form's. */
export function markField(refusal) {
  const id = FIELDS[refusal.param];
  if (!id) {
    return "";
  }
  at("more").open ||= at("more").contains(at(id));
  at(id).setAttribute("aria-invalid", "true");
  at(id).setAttribute("aria-errormessage", id + "-error");
  at(id).after(make("p", { className: "fault", id: id + "-error", textContent: refusal.message }));
  at(id).focus();
  return at(id).labels[0].firstChild.textContent.trim();
}

/** What the service knows of the chosen pair. */
const described = () => known.find((one) => one.id === at("model").value)?.flowblend;

function showPrompts() {
  const { vocabulary = [], examples = [] } = described() ?? {};
  const choose = (text) => {
    at("prompt").value = text;
    changed();
  };
  at("examples").replaceChildren(...examples.map((text) => button(text, () => choose(text), "chip")));
  at("vocabulary-details").hidden = vocabulary.length === 0;
  at("vocabulary").replaceChildren(...vocabulary.map((words) =>
    make("p", { className: "hint", textContent: words.join(", ") + "." })));
}

function showUnknownWords() {
  const vocabulary = (described()?.vocabulary ?? []).flat();
  const words = vocabulary.length ? at("prompt").value.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [] : [];
  const unknown = [...new Set(words.filter((word) => !vocabulary.includes(word)))];
  at("unknown").textContent = unknown.length ? WORDS.unknown(unknown) : "";
  at("prompt").classList.toggle("doubtful", unknown.length > 0);
}

/** Seconds where this worker has measured any, else the share of compute. */
const measured = () => curve.every((one) => Number.isFinite(one.seconds));
const time = (one) => (measured() ? one.seconds : one.compute);

/** A point of the curve, between the qualities that were asked for. */
function between(wanted) {
  const above = curve.findIndex((one) => one.quality >= wanted);
  const [low, high] = [curve[Math.max(0, above - 1)], curve[above]];
  const share = high.quality === low.quality ? 0 : (wanted - low.quality) / (high.quality - low.quality);
  const mix = (value) => value(low) + share * (value(high) - value(low));
  return { time: mix(time), deviation: mix((one) => one.promise.deviation) };
}

function speedupAt(wanted) {
  return curve.length ? Math.max(1, Math.round((100 * time(curve[curve.length - 1])) / between(wanted).time) / 100) : null;
}

/** The quality whose point on the curve is nearest to a place in pixels. */
function nearest(px, py, x, y) {
  let best = { distance: Infinity, quality: 0 };
  for (let wanted = 0; wanted <= 1; wanted = Math.round(100 * wanted + 1) / 100) {
    const point = between(wanted);
    const distance = Math.hypot(x(point.time) - px, y(point.deviation) - py);
    best = distance < best.distance ? { distance, quality: wanted } : best;
  }
  return best.quality;
}

function showCurve() {
  at("plan-plot").hidden = curve.length === 0 || fixed();
  if (at("plan-plot").hidden) {
    return;
  }
  const here = between(quality());
  draw(at("plan-plot"), {
    label: WORDS.planPlot,
    x: { ...upTo(curve.map(time)), label: WORDS.planX(measured()) },
    y: { ...upTo(curve.map((one) => one.promise.deviation)), label: WORDS.planY },
    series: [
      { kind: "line", name: "curve", points: curve.map((one) => [time(one), one.promise.deviation]) },
      { kind: "line", name: "rule", points: byTime() ? [[here.time, 0], [here.time, here.deviation]] : [[0, here.deviation], [here.time, here.deviation]] },
      { kind: "dots", name: "chosen", radius: 9, points: [[here.time, here.deviation]] },
    ],
    grab: (px, py, x, y) => {
      at("quality").value = nearest(px, py, x, y);
      changed();
    },
  });
}

/** Asks what the request comes to; an answer that a later question overtook is dropped. */
async function ask() {
  const mine = ++question;
  const request = at("prompt").value.trim() && !fixed() && steps() <= MOST_STEPS ? planBody() : null;
  let found = [];
  try {
    found = request ? await api.plan({ ...request, qualities: [...new Set([...QUALITIES, quality()])].sort((a, b) => a - b) }) : [];
  } catch {
    // What is wrong with the request is said when it is sent.
  }
  if (mine !== question) {
    return;
  }
  const chosen = found.find((one) => one.quality === quality());
  curve = found.every((one) => one.promise) ? found : [];
  at("promise").textContent = fixed() ? WORDS.fixed
    : steps() > MOST_STEPS ? WORDS.unplanned(MOST_STEPS)
    : chosen ? (chosen.promise ? WORDS.promiseOf(chosen.promise) : WORDS.noPromise) + " " + WORDS.takes(chosen) : "";
  at("plan-cells").replaceChildren(...cells(chosen?.schedule ?? ""));
  at("plan-cells").hidden = !chosen;
  show();
}

/** The request without what a plan has no use for; one that cannot be sent is not planned. */
function planBody() {
  try {
    const { quality: ignored, speedup, policy, schedule, input_reference: image, ...rest } = body();
    return rest;
  } catch {
    return null;
  }
}

const askSoon = settled(250, ask);

function show() {
  const speedup = byTime() ? speedupAt(quality()) : null;
  at("quality-value").textContent = number(quality(), 2) + (speedup ? ` = ${number(speedup, 2)} ×` : "");
  at("quality").disabled = fixed();
  showCurve();
}

/** To be called whenever a field has changed. */
export function changed() {
  showUnknownWords();
  show();
  askSoon();
}

function showDefaults() {
  const model = known.find((one) => one.id === at("model").value);
  const defaults = model?.flowblend.defaults;
  if (defaults) {
    at("size").placeholder = defaults.size;
    at("frames").placeholder = defaults.num_frames;
    at("fps").placeholder = defaults.fps;
    at("steps").placeholder = defaults.num_inference_steps;
    at("guidance").placeholder = defaults.guidance_scale;
    at("pair-state").textContent = model.flowblend.state.toLowerCase();
    at("pair-state").className = "state " + model.flowblend.state;
    at("pair-state").hidden = false;
  }
  showPrompts();
  if (at("prompt").value === "") {
    at("prompt").value = described()?.examples[0] ?? "";
  }
  changed();
}

/** Fills what the service knows: pairs and profiles. */
export function load(models, profiles) {
  known = models;
  options(at("model"), known.map((model) => [model.id, model.id]));
  options(at("profile"), [["", WORDS.active(profiles.active)], ...profiles.data.map((profile) => [profile.id, profile.id])]);
  showDefaults();
}

function readPicture() {
  const [file] = at("first").files;
  picture = null;
  if (file) {
    const reader = new FileReader();
    reader.addEventListener("load", () => {
      picture = reader.result;
    });
    reader.readAsDataURL(file);
  }
}

export function listen() {
  at("model").addEventListener("change", showDefaults);
  at("form").addEventListener("input", changed);
  at("first").addEventListener("change", readPicture);
  at("dice").addEventListener("click", () => {
    at("seed").value = crypto.getRandomValues(new Uint32Array(1))[0];
  });
}
