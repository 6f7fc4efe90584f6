/** The form: its fields, what they stand for in a request, and what is wrong with them. */

import { at, make, number, seconds } from "./dom.js";
import * as api from "./api.js";
import { planPlot, pairPlot } from "./plot.js";
import { PROMPTS, STATES } from "./words.js";

/** Field of a request -> id of the input that stands for it. */
const FIELDS = {
  prompt: "prompt", negative_prompt: "negative", model: "model", size: "size", width: "size", height: "size",
  num_frames: "frames", seconds: "frames", fps: "fps", num_inference_steps: "steps", guidance_scale: "guidance",
  seed: "seed", quality: "quality", policy: "policy", profile: "profile", schedule: "schedule",
};
const NUMBERS = { steps: "num_inference_steps", guidance: "guidance_scale", frames: "num_frames", fps: "fps" };
const TEXTS = { negative: "negative_prompt", size: "size", profile: "profile", schedule: "schedule" };

let known = [];
let plans = true;
let question = 0;

export function body() {
  const request = { prompt: at("prompt").value };
  if (at("model").value) {
    request.model = at("model").value;
  }
  if (at("schedule").value.trim() === "" && at("policy").value !== "adaptive") {
    request.policy = at("policy").value;
  }
  if (at("schedule").value.trim() === "" && at("policy").value === "adaptive") {
    request.quality = Number(at("quality").value);
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
      throw new api.Refusal("The seed has to be a whole number, 0 or more.", 422, "seed");
    }
  }
  return request;
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
  at("error").hidden = true;
}

/** Says what was refused: at the field that is meant, if it is one of the form's, and above all in any case. */
export function showError(refusal) {
  const id = FIELDS[refusal.param];
  const name = id ? at(id).labels[0].firstChild.textContent.trim() + ": " : "";
  at("error").textContent = name + refusal.message;
  at("error").hidden = false;
  if (id) {
    at("more").open ||= at("more").contains(at(id));
    at(id).setAttribute("aria-invalid", "true");
    at(id).setAttribute("aria-describedby", id + "-error");
    at(id).after(make("p", { className: "fault", id: id + "-error", textContent: refusal.message }));
    at(id).focus();
  }
}

function showPrompts() {
  const prompts = PROMPTS[at("model").value];
  const examples = (prompts?.examples ?? []).map((text) => {
    const button = make("button", { type: "button", className: "chip", textContent: text });
    button.addEventListener("click", () => {
      at("prompt").value = text;
      changed();
    });
    return button;
  });
  at("examples").replaceChildren(...examples);
  at("vocabulary").textContent = prompts ? "Words: " + prompts.groups.map((group) => group.join(", ")).join("; ") + "." : "";
}

function showUnknownWords() {
  const prompts = PROMPTS[at("model").value];
  const words = prompts ? at("prompt").value.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [] : [];
  const unknown = words.filter((word) => !prompts.others.includes(word) && !prompts.groups.flat().includes(word));
  at("unknown").textContent = unknown.length ? "Unknown to this pair: " + [...new Set(unknown)].join(", ") + "." : "";
}

/** Asks what the chosen quality promises and costs; an answer that a later question overtook is dropped. */
async function showPromise() {
  const mine = ++question;
  const pair = at("model").value;
  if (!pair) {
    return;
  }
  try {
    const found = await api.calibration(pair, at("quality").value);
    if (mine === question) {
      showPair(found);
    }
    const qualities = plans && at("prompt").value.trim() ? await api.plan(planBody()) : null;
    plans &&= qualities !== null || !at("prompt").value.trim();
    if (mine === question) {
      showPlan(qualities);
    }
  } catch (refusal) {
    if (mine === question) {
      at("plan").hidden = true;
    }
  }
}

function planBody() {
  const request = body();
  delete request.schedule;
  delete request.policy;
  return request;
}

function showPair(found) {
  const deviation = found.promise?.deviation ?? found.promised_deviation;
  at("pair-state").textContent = found.state.toLowerCase();
  at("pair-state").className = "state " + found.state;
  at("pair-state").hidden = false;
  at("promise").textContent = Number.isFinite(deviation)
    ? `95 % of the videos deviate by at most ${number(deviation, 3)} from the large model alone` +
      (found.promise?.provisional ? " (provisional)." : ".")
    : STATES[found.state] ?? "";
  const bins = Array.isArray(found.bins) && found.bins.every((bin) => bin.relative_l2) ? found.bins : [];
  at("pair").hidden = bins.length === 0;
  at("pair-plot").replaceChildren(bins.length ? pairPlot(bins) : "");
  const counts = found.counts;
  at("pair-words").textContent = (STATES[found.state] ?? "") +
    (counts ? ` Measured: ${counts.requests} requests, ${counts.twins} twin runs, ${counts.audits} audits.` : "");
}

function showPlan(qualities) {
  at("plan").hidden = !qualities;
  if (!qualities) {
    return;
  }
  const chosen = Number(at("quality").value);
  at("plan-plot").replaceChildren(planPlot(qualities, chosen, (quality) => {
    at("quality").value = quality;
    changed();
  }));
  const nearest = [...qualities].sort((a, b) => Math.abs(a.quality - chosen) - Math.abs(b.quality - chosen))[0];
  at("plan-words").textContent = nearest
    ? `Quality ${number(nearest.quality, 2)}: about ${seconds(nearest.seconds)}, ${nearest.schedule}` : "";
}

function showQuality() {
  at("quality-value").textContent = number(Number(at("quality").value), 2);
  at("quality").disabled = at("policy").value !== "adaptive" || at("schedule").value.trim() !== "";
}

let timer = 0;

/** To be called whenever a field has changed. */
export function changed() {
  showQuality();
  showUnknownWords();
  clearTimeout(timer);
  timer = setTimeout(showPromise, 250);
}

function showDefaults() {
  const defaults = known.find((model) => model.id === at("model").value)?.flowblend.defaults;
  if (defaults) {
    at("size").placeholder = defaults.size;
    at("frames").placeholder = defaults.num_frames;
    at("fps").placeholder = defaults.fps;
    at("steps").placeholder = defaults.num_inference_steps;
    at("guidance").placeholder = defaults.guidance_scale;
  }
  showPrompts();
  if (at("prompt").value === "") {
    at("prompt").value = PROMPTS[at("model").value]?.examples[0] ?? "";
  }
  changed();
}

/** Fills what the service knows: pairs and profiles. */
export async function load() {
  const answer = await api.models();
  known = answer.data;
  at("model").replaceChildren(...known.map((model) => make("option", { value: model.id, textContent: model.id })));
  const profiles = await api.profiles();
  at("profile").replaceChildren(
    make("option", { value: "", textContent: `active (${profiles.active})` }),
    ...profiles.data.map((profile) => make("option", { value: profile.id, textContent: profile.id })),
  );
  if (known.length === 0) {
    throw new api.Refusal("No pair is ready. /q/health/ready says why.", 503, null);
  }
  showDefaults();
}

export function listen() {
  at("model").addEventListener("change", showDefaults);
  at("form").addEventListener("input", changed);
  at("dice").addEventListener("click", () => {
    at("seed").value = crypto.getRandomValues(new Uint32Array(1))[0];
  });
}
