/** Calls of the service. */

import { WORDS } from "./words.js";

const KEY = "flowblend.key";

/** A refusal, in the service's own words; `param` names the field that is meant. */
export class Refusal extends Error {
  constructor(message, status, param) {
    super(message);
    this.status = status;
    this.param = param;
  }
}

export const key = {
  get: () => sessionStorage.getItem(KEY) ?? "",
  set: (value) => sessionStorage.setItem(KEY, value.trim()),
};

/** Seeds have 64 bits, numbers of JavaScript 53: long ones stay text. */
function parse(text) {
  return JSON.parse(text.replace(/"seed":(\d{16,})/g, '"seed":"$1"'));
}

/** The JSON of a request, its seed as the number that it stands for. */
export function json(body, indent) {
  return JSON.stringify(body, null, indent).replace(/"seed":( ?)"(\d+)"/, '"seed":$1$2');
}

async function send(path, options = {}) {
  const headers = new Headers(options.headers);
  if (key.get()) {
    headers.set("Authorization", "Bearer " + key.get());
  }
  let response;
  try {
    response = await fetch(path, { ...options, headers });
  } catch (fault) {
    throw fault.name === "AbortError" ? fault : new Refusal(WORDS.unreachable, 0, null);
  }
  if (!response.ok) {
    const error = (await response.json().catch(() => null))?.error;
    const wait = response.headers.get("Retry-After");
    const message = (error?.message ?? WORDS.status(response.status)) +
      (response.status === 429 && wait ? WORDS.tryAgain(wait) : "") + (response.status === 401 ? WORDS.needsKey : "");
    throw new Refusal(message, response.status, error?.param ?? null);
  }
  return response;
}

const get = async (path) => parse(await (await send(path)).text());

async function answer(method, path, body) {
  const options = { method };
  if (body !== undefined) {
    options.headers = { "Content-Type": "application/json" };
    options.body = body;
  }
  return parse(await (await send(path, options)).text());
}

const post = (path, body) => answer("POST", path, body === undefined ? body : json(body));
const put = (path, text) => answer("PUT", path, text);

const pair = (id, rest) => "/v1/pairs/" + encodeURIComponent(id) + rest;

export const models = () => get("/v1/models");
export const profiles = () => get("/v1/profiles");
export const activate = (profile) => put("/v1/profiles/active", json({ profile }));
export const keepProfile = (profile, base, settings) => put("/v1/profiles/" + encodeURIComponent(profile), json({ base, settings }));
export const whatIf = (body) => post("/v1/profiles/what-if", body);
export const videos = (limit, after) => get("/v1/videos?limit=" + limit + (after ? "&after=" + after : ""));
export const video = (id) => get("/v1/videos/" + id);
export const trace = (id) => get("/v1/videos/" + id + "/trace");
export const create = (body) => post("/v1/videos", body);
export const replay = (id) => post("/v1/videos/" + id + "/replay");
export const cancel = (id) => post("/v1/videos/" + id + "/cancel");
export const remove = (id) => send("/v1/videos/" + id, { method: "DELETE" });
export const plan = async (body) => (await post("/v1/videos/plan", body)).data;
export const calibration = (id, quality) => get(pair(id, "/calibration?quality=" + quality));
export const calibrationFile = async (id) => (await send(pair(id, "/calibration/export"))).blob();
export const importCalibration = (id, text) => put(pair(id, "/calibration"), text);
export const forgetCalibration = (id) => send(pair(id, "/calibration"), { method: "DELETE" });
export const calibrations = async (id) => (await get(pair(id, "/calibrations"))).data;
export const calibrate = (id, samples) => post(pair(id, "/calibrations"), { samples });
export const stopCalibration = (id, job) => send(pair(id, "/calibrations/" + job), { method: "DELETE" });

/** The event stream of a video, from after the event `last` on, with a preview every so many steps; null where the service has none. */
export async function events(id, last, signal, previews) {
  const headers = last ? { "Last-Event-ID": last } : {};
  let response;
  try {
    response = await send("/v1/videos/" + id + "/events" + (previews ? "?previews=" + previews : ""), { headers, signal });
  } catch (refusal) {
    if (refusal.status === 404 || refusal.status === 405 || refusal.status === 429) {
      return null;
    }
    throw refusal;
  }
  const streams = response.headers.get("Content-Type")?.startsWith("text/event-stream");
  return streams ? response.body.pipeThrough(new TextDecoderStream()) : null;
}

/** An address of a video's file that the page can show; it has to be revoked. */
export async function content(id, variant) {
  return URL.createObjectURL(await (await send("/v1/videos/" + id + "/content?variant=" + variant)).blob());
}
