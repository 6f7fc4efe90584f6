/** Two videos beside each other, frame by frame. */

import { at, figure, make, seconds } from "./dom.js";
import * as api from "./api.js";
import { settings } from "./actions.js";
import { cells } from "./cells.js";
import * as frames from "./frames.js";
import { follow } from "./live.js";
import { STATUS, WORDS } from "./words.js";

let host = null;
let one = null;
let showing = new AbortController();
let loaded = null;
let timer = 0;

const say = (text) => {
  at("compare-status").textContent = text;
};

function clear() {
  showing.abort();
  showing = new AbortController();
  loaded = null;
  one = null;
  stop();
  say("");
  at("players").hidden = true;
  at("compare-some").hidden = true;
  at("compare-none").hidden = false;
}

/** Compares a video with another one, or offers to make one. */
export async function show(id, other) {
  clear();
  if (!id) {
    return;
  }
  const { signal } = showing;
  const video = await api.video(id);
  if (signal.aborted) {
    return;
  }
  one = video;
  at("compare-none").hidden = true;
  at("compare-some").hidden = false;
  if (video.status !== "completed") {
    say(WORDS.compare.notReady);
    return;
  }
  if (!other) {
    say(`“${video.prompt}”, ${WORDS.compare.name(video)}`);
    at("against-kind").focus();
    return;
  }
  const made = await finished(other, signal);
  if (made) {
    await open(video, made, signal);
  }
}

/** The other video when it is there. */
async function finished(id, signal) {
  let video = null;
  for await (const state of follow(id, signal)) {
    ({ video } = state);
    say(WORDS.compare.making(STATUS[video.status], video.progress));
  }
  if (!video || signal.aborted) {
    return null;
  }
  if (video.status !== "completed") {
    throw new api.Refusal(video.error?.message ?? WORDS.compare.notReady, 0, null);
  }
  return video;
}

async function open(a, b, signal) {
  say(WORDS.compare.reading);
  const [left, right] = [await load(a), await load(b)];
  if (signal.aborted) {
    return;
  }
  say(`“${a.prompt}”`);
  showTable(a, b);
  const comparable = left.width === right.width && left.height === right.height && left.frames.length === right.frames.length;
  at("likeness").textContent = comparable ? likenessOf(left, right) : WORDS.compare.other;
  at("likeness-how").textContent = comparable ? WORDS.compare.how(left.frames.length) : "";
  loaded = { left, right, comparable, names: [WORDS.compare.name(a), WORDS.compare.name(b)] };
  at("frame").max = Math.min(left.frames.length, right.frames.length) - 1;
  at("frame").value = 0;
  for (const look of document.getElementsByName("look")) {
    look.disabled = !comparable && look.value !== "side";
    look.checked = look.value === "side";
  }
  at("players").hidden = false;
  paint();
  if (!matchMedia("(prefers-reduced-motion: reduce)").matches) {
    play();
  }
}

async function load(video) {
  const address = await api.content(video.id, "video");
  try {
    return await frames.read(address, video.num_frames, video.num_frames / Number(video.seconds));
  } finally {
    URL.revokeObjectURL(address);
  }
}

function likenessOf(a, b) {
  const { psnr, ssim } = frames.likeness(a, b);
  return psnr === Infinity ? WORDS.compare.same : WORDS.compare.likeness(psnr, ssim);
}

function showTable(a, b) {
  at("head-a").textContent = WORDS.compare.name(a);
  at("head-b").textContent = WORDS.compare.name(b);
  const row = (name, value) => make("tr", {}, make("th", { scope: "row", textContent: name }),
    make("td", {}, value(a)), make("td", {}, value(b)));
  at("compare-table").tBodies[0].replaceChildren(
    row(WORDS.compare.seconds, (video) => seconds(video.inference_time_s ?? NaN)),
    row(WORDS.compare.compute, (video) => figure(video.flowblend.compute?.tflops ?? NaN)),
    row(WORDS.facts.promise, (video) => (video.flowblend.promise ? WORDS.promiseOf(video.flowblend.promise) : WORDS.noPromise)),
    row(WORDS.compare.schedule, (video) => make("span", { className: "cells small", role: "img",
      "aria-label": WORDS.schedule(video.flowblend.schedule) }, ...cells(video.flowblend.schedule))));
}

const look = () => [...document.getElementsByName("look")].find((radio) => radio.checked).value;

function put(canvas, image, name) {
  canvas.width = image.width;
  canvas.height = image.height;
  canvas.setAttribute("aria-label", name);
  canvas.getContext("2d").putImageData(image, 0, 0);
}

/** Draws the frame in sight. */
function paint() {
  const index = Number(at("frame").value);
  const [a, b] = [loaded.left.frames[index], loaded.right.frames[index]];
  const how = look();
  at("frame-number").textContent = index + 1;
  at("figure-b").hidden = how !== "side";
  at("wipe-of").hidden = how !== "wipe";
  at("name-a").textContent = how === "side" ? loaded.names[0] : loaded.names.join(" | ");
  at("name-b").textContent = loaded.names[1];
  put(at("canvas-a"), how === "difference" ? frames.difference(a, b) : a,
    how === "difference" ? WORDS.compare.both : WORDS.compare.canvas(loaded.names[0]));
  if (how === "side") {
    put(at("canvas-b"), b, WORDS.compare.canvas(loaded.names[1]));
  } else if (how === "wipe") {
    const edge = Math.round((a.width * at("wipe").value) / 100);
    at("canvas-a").getContext("2d").putImageData(b, 0, 0, edge, 0, a.width - edge, a.height);
  }
}

function play() {
  stop();
  at("play").textContent = WORDS.compare.stop;
  timer = setInterval(() => {
    at("frame").value = (Number(at("frame").value) + 1) % (Number(at("frame").max) + 1);
    paint();
  }, 1000 / loaded.left.fps);
}

export function stop() {
  clearInterval(timer);
  timer = 0;
  at("play").textContent = WORDS.compare.play;
}

/** Makes what was chosen, from the same seed. */
async function create() {
  const kind = at("against-kind").value;
  const value = at("against-value").value.trim();
  if (WORDS.compare.needsValue[kind] && !value) {
    at("against-value").focus();
    throw new api.Refusal(WORDS.compare.needsValue[kind], 422, null);
  }
  const { policy, schedule, quality, speedup, ...same } = await settings(one);
  const knob = kind === "schedule" ? { schedule: value } : kind === "quality" ? { quality: Number(value) } : { policy: kind };
  const made = await api.create({ ...same, ...knob });
  location.hash = "#/compare/" + one.id + "/" + made.id;
}

function showValue() {
  at("against-value-of").hidden = !(at("against-kind").value in WORDS.compare.needsValue);
}

export function listen(owner) {
  host = owner;
  showValue();
  at("against-kind").addEventListener("change", showValue);
  at("against").addEventListener("submit", (event) => {
    event.preventDefault();
    host.attempt(create);
  });
  at("play").addEventListener("click", () => (timer ? stop() : play()));
  for (const id of ["frame", "wipe"]) {
    at(id).addEventListener("input", () => {
      if (id === "frame") {
        stop();
      }
      paint();
    });
  }
  for (const radio of document.getElementsByName("look")) {
    radio.addEventListener("change", paint);
  }
}
