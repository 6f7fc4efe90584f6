"use strict";

const at = (id) => document.getElementById(id);
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

let current = null;
let videoUrl = null;
let asked = 0;

/** Calls the API; whatever is not a success becomes an Error with the service's own message. */
async function call(path, options = {}) {
  const headers = new Headers(options.headers);
  const key = at("key").value.trim();
  if (key) {
    headers.set("Authorization", "Bearer " + key);
  }
  let response;
  try {
    response = await fetch(path, { ...options, headers });
  } catch {
    throw new Error("The service cannot be reached.");
  }
  if (!response.ok) {
    const body = await response.json().catch(() => null);
    const error = body?.error;
    throw new Error(error ? (error.param ? error.param + ": " : "") + error.message : "HTTP " + response.status);
  }
  return response;
}

function showError(message) {
  at("error").textContent = message;
  at("error").hidden = !message;
}

function requestBody() {
  const body = { prompt: at("prompt").value, policy: at("policy").value };
  if (at("model").value) {
    body.model = at("model").value;
  }
  if (body.policy === "adaptive") {
    body.quality = Number(at("quality").value);
  }
  if (at("steps").value !== "") {
    body.num_inference_steps = Number(at("steps").value);
  }
  if (at("seed").value !== "") {
    body.seed = Number(at("seed").value);
  }
  return body;
}

function showCells(schedule, count) {
  const cells = [];
  for (let i = 0; i < count; i++) {
    const cell = document.createElement("span");
    const letter = schedule[i];
    cell.className = "cell " + (letter ?? "ahead");
    cell.textContent = letter ?? "\u00a0";
    cells.push(cell);
  }
  at("cells").replaceChildren(...cells);
  at("cells").setAttribute("aria-label", "Schedule: " + (schedule || "no step made yet"));
}

function showVideo(video) {
  const place = video.queue_position ? ", number " + video.queue_position + " in the queue" : "";
  at("status").textContent = video.status.replace("_", " ") + place + " (" + video.progress + " %)";
  at("progress").value = video.progress;
  showCells(video.flowblend.schedule, video.num_inference_steps);
}

const number = (value, digits) => (value === null || value === undefined ? "" : Number(value).toFixed(digits));

function showSummary(video) {
  const blend = video.flowblend;
  const stages = Object.entries(video.stage_durations)
    .map(([stage, seconds]) => stage + " " + number(seconds, 2) + " s")
    .join(", ");
  const fallback = blend.fallback;
  const rows = [
    ["Steps", blend.large_steps + " large, " + blend.small_steps + " small, " + blend.probe_steps + " probes"],
    ["Speedup", blend.speedup === null ? "" : number(blend.speedup, 2) + " times large only"],
    ["Predicted deviation", number(blend.predicted_deviation, 3)],
    ["Promised deviation", number(blend.promised_deviation, 3)],
    ["Fallback", fallback ? fallback.reason + " at step " + fallback.step + ", to " + fallback.to : "none"],
    ["Seed", String(video.seed)],
    ["Time", number(video.inference_time_s, 2) + " s (" + stages + ")"],
    ["Id", video.id],
  ];
  const parts = [];
  for (const [name, value] of rows) {
    if (value !== "") {
      const term = document.createElement("dt");
      const detail = document.createElement("dd");
      term.textContent = name;
      detail.textContent = value;
      parts.push(term, detail);
    }
  }
  at("summary").replaceChildren(...parts);
}

function showTrace(trace) {
  const rows = trace.steps.map((step) => {
    const row = document.createElement("tr");
    const role = step.probe ? "probe, " + step.role : step.role;
    const values = [
      step.index,
      number(step.sigma, 3),
      role,
      number(step.divergence?.relative_l2, 3),
      number(step.threshold, 3),
      step.reason.replaceAll("_", " "),
    ];
    for (const value of values) {
      const cell = document.createElement("td");
      cell.textContent = value;
      row.append(cell);
    }
    return row;
  });
  at("trace").tBodies[0].replaceChildren(...rows);
  at("trace").hidden = rows.length === 0;
}

async function play(id) {
  const content = await (await call("/v1/videos/" + id + "/content")).blob();
  if (videoUrl) {
    URL.revokeObjectURL(videoUrl);
  }
  videoUrl = URL.createObjectURL(content);
  at("video").src = videoUrl;
  at("video").hidden = false;
  at("video").play().catch(() => {});
}

async function follow(created) {
  let video = created;
  while (video.status === "queued" || video.status === "in_progress") {
    showVideo(video);
    await pause(300);
    video = await (await call("/v1/videos/" + video.id)).json();
  }
  showVideo(video);
  showSummary(video);
  showTrace(await (await call("/v1/videos/" + video.id + "/trace")).json());
  if (video.status === "failed") {
    throw new Error(video.error.message);
  }
  await play(video.id);
  await showPair();
}

async function make(event) {
  event.preventDefault();
  showError("");
  at("make").disabled = true;
  at("video").hidden = true;
  at("trace").hidden = true;
  at("summary").replaceChildren();
  sessionStorage.setItem("flowblend.key", at("key").value);
  try {
    const response = await call("/v1/videos", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(requestBody()),
    });
    const video = await response.json();
    current = video.id;
    at("cancel").disabled = false;
    at("result").hidden = false;
    await follow(video);
  } catch (error) {
    showError(error.message);
  } finally {
    current = null;
    at("make").disabled = false;
    at("cancel").disabled = true;
  }
}

async function cancel() {
  if (current) {
    try {
      await call("/v1/videos/" + current + "/cancel", { method: "POST" });
    } catch (error) {
      showError(error.message);
    }
  }
}

const STATES = {
  COLD: "Nothing is known of this pair yet: the large model serves, and each video teaches.",
  LEARNING: "Learning: not enough is known for a promise yet.",
  ADAPTIVE: "",
  DRIFTED: "The models no longer behave as they did: learning anew.",
};

function promise(known) {
  if (known.promised_deviation === null) {
    return STATES[known.state] || "Nothing is promised at this quality.";
  }
  return "promises a deviation of at most " + number(known.promised_deviation, 3) +
    " from the large model alone (small model alone: " + number(known.range, 3) + ")";
}

/** A bar as long as the divergence, with a mark at the threshold; both over 0..most. */
function bar(bin, most) {
  const shell = document.createElement("div");
  shell.className = "bar";
  const share = (value) => (100 * Math.min(1, value / most)).toFixed(1) + "%";
  const fill = document.createElement("div");
  fill.className = bin.threshold !== null && bin.relative_l2.mean <= bin.threshold ? "fill small" : "fill";
  fill.style.setProperty("width", share(bin.relative_l2.mean));
  shell.append(fill);
  if (bin.threshold !== null) {
    const mark = document.createElement("div");
    mark.className = "mark";
    mark.style.setProperty("left", share(bin.threshold));
    shell.append(mark);
  }
  return shell;
}

function showKnown(known) {
  at("pair-state").textContent = known.state.toLowerCase();
  at("pair-state").className = "state " + known.state;
  at("pair-promise").textContent = promise(known);
  at("pair-origin").textContent = known.counts.requests + " requests, " + known.counts.twins + " twin runs, " +
    known.counts.audits + " audits. The small model may advance a step while the divergence is below the threshold.";
  const most = Math.max(0.01, ...known.bins.map((bin) => bin.relative_l2.mean)) * 1.25;
  const rows = [...known.bins].reverse().map((bin) => {
    const row = document.createElement("tr");
    const values = [
      number(bin.sigma_to, 2) + " \u2013 " + number(bin.sigma_from, 2),
      number(bin.relative_l2.mean, 3),
      bin.threshold === null ? "\u2013" : number(bin.threshold, 3),
      bin.count,
    ];
    for (const value of values) {
      const cell = document.createElement("td");
      cell.textContent = value;
      row.append(cell);
    }
    const cell = document.createElement("td");
    cell.append(bar(bin, most));
    row.append(cell);
    return row;
  });
  at("bins").tBodies[0].replaceChildren(...rows);
  at("pair").hidden = false;
}

/** Asks what is known of the chosen pair; an answer that a later question overtook is dropped. */
async function showPair() {
  const question = ++asked;
  const pair = at("model").value;
  if (!pair) {
    at("pair").hidden = true;
    return;
  }
  try {
    const path = "/v1/pairs/" + encodeURIComponent(pair) + "/calibration?quality=" + at("quality").value;
    const known = await (await call(path)).json();
    if (question === asked) {
      showKnown(known);
    }
  } catch (error) {
    at("pair").hidden = true;
    showError(error.message);
  }
}

async function showModels() {
  try {
    const models = await (await call("/v1/models")).json();
    const options = models.data.map((model) => {
      const option = document.createElement("option");
      option.value = model.id;
      option.textContent = model.id + " (" + model.flowblend.state.toLowerCase() + ")";
      return option;
    });
    at("model").replaceChildren(...options);
    await showPair();
    if (options.length === 0) {
      showError("No model is ready.");
    }
  } catch (error) {
    showError(error.message);
  }
}

function showQuality() {
  at("quality-value").textContent = Number(at("quality").value).toFixed(2);
  at("quality").disabled = at("policy").value !== "adaptive";
}

at("key").value = sessionStorage.getItem("flowblend.key") ?? "";
at("form").addEventListener("submit", make);
at("cancel").addEventListener("click", cancel);
at("quality").addEventListener("input", showQuality);
at("quality").addEventListener("change", showPair);
at("model").addEventListener("change", showPair);
at("policy").addEventListener("change", showQuality);
at("key").addEventListener("change", showModels);
showQuality();
showModels();
