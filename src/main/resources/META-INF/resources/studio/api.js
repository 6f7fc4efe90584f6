/** Calls of the service. */

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
  } catch {
    throw new Refusal("The service cannot be reached. Is it still running?", 0, null);
  }
  if (!response.ok) {
    const error = (await response.json().catch(() => null))?.error;
    const wait = response.headers.get("Retry-After");
    const message = (error?.message ?? "The service answered with status " + response.status + ".") +
      (response.status === 429 && wait ? " Try again in " + wait + " s." : "");
    throw new Refusal(message, response.status, error?.param ?? null);
  }
  return response;
}

const get = async (path) => parse(await (await send(path)).text());

async function post(path, body) {
  const options = { method: "POST" };
  if (body !== undefined) {
    options.headers = { "Content-Type": "application/json" };
    options.body = json(body);
  }
  return parse(await (await send(path, options)).text());
}

export const models = () => get("/v1/models");
export const profiles = () => get("/v1/profiles");
export const videos = (limit, after) => get("/v1/videos?limit=" + limit + (after ? "&after=" + after : ""));
export const video = (id) => get("/v1/videos/" + id);
export const trace = (id) => get("/v1/videos/" + id + "/trace");
export const create = (body) => post("/v1/videos", body);
export const cancel = (id) => post("/v1/videos/" + id + "/cancel");
export const remove = (id) => send("/v1/videos/" + id, { method: "DELETE" });
export const calibration = (pair, quality) =>
  get("/v1/pairs/" + encodeURIComponent(pair) + "/calibration?quality=" + quality);

/** The qualities with what each costs and promises; null where the service does not plan. */
export async function plan(body) {
  try {
    const answer = await post("/v1/videos/plan", body);
    return answer.qualities ?? answer.data ?? null;
  } catch (refusal) {
    if (refusal.status === 404 || refusal.status === 405) {
      return null;
    }
    throw refusal;
  }
}

/** An address of a video's file that the page can show; it has to be revoked. */
export async function content(id, variant) {
  const response = await send("/v1/videos/" + id + "/content?variant=" + variant);
  return URL.createObjectURL(await response.blob());
}
