/** What can be done with a video, on its page and in the gallery. */

import { at, button, make } from "./dom.js";
import * as api from "./api.js";
import { snippets } from "./snippets.js";
import { WORDS } from "./words.js";

/** The settings of a video as a request that asks for the same. */
export async function settings(video) {
  const { prompt, ...rest } = (await api.trace(video.id)).request;
  const request = { prompt, model: video.model, ...rest };
  for (const [name, value] of Object.entries(request)) {
    if (value === null || value === "") {
      delete request[name];
    }
  }
  if (request.schedule) {
    delete request.policy;
  }
  if (request.schedule || request.policy !== "adaptive" || request.speedup) {
    delete request.quality;
  }
  return request;
}

export function showCode(request) {
  const texts = snippets(request, api.key.get() !== "");
  const names = Object.keys(texts);
  const show = (name) => {
    at("code").textContent = texts[name];
    for (const one of at("languages").children) {
      one.setAttribute("aria-pressed", String(one.textContent === name));
    }
  };
  at("languages").replaceChildren(...names.map((name) => button(name, () => show(name), "chip")));
  show(names[0]);
  at("copied").textContent = "";
  at("copy-dialog").showModal();
}

export async function copyText() {
  try {
    await navigator.clipboard.writeText(at("code").textContent);
    at("copied").textContent = WORDS.copied;
  } catch {
    getSelection().selectAllChildren(at("code"));
    at("copied").textContent = WORDS.pressCopy;
  }
}

export function save(address, name) {
  make("a", { href: address, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(address), 1000);
}

/**
 * The buttons of a video.
 *
 * @param host `{attempt, remix, removed}`: runs what is asked for, fills the form, hears of a deletion
 */
export function actions(video, host) {
  const done = video.status === "completed";
  const all = {
    remix: async () => host.remix((await api.trace(video.id)).request),
    replay: done && (async () => {
      location.hash = "#/video/" + (await api.replay(video.id)).id;
    }),
    compare: done && (() => {
      location.hash = "#/compare/" + video.id;
    }),
    code: async () => showCode(await settings(video)),
    download: done && (async () => save(await api.content(video.id, "video"), video.id + ".mp4")),
    remove: async () => {
      if (confirm(WORDS.reallyRemove)) {
        await api.remove(video.id);
        host.removed(video);
      }
    },
  };
  return Object.entries(all).filter(([, act]) => act)
    .map(([name, act]) => button(WORDS.actions[name], () => host.attempt(act)));
}
