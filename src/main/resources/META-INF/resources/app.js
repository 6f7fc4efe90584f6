import * as api from "./studio/api.js";
import { at, make } from "./studio/dom.js";
import * as form from "./studio/form.js";
import * as gallery from "./studio/gallery.js";
import { snippets } from "./studio/snippets.js";
import * as watch from "./studio/watch.js";

/** Runs what a person asked for; a refusal is shown instead of thrown. */
async function attempt(work) {
  form.clearErrors();
  try {
    await work();
  } catch (refusal) {
    form.showError(refusal);
  }
}

const finished = () => gallery.load().catch(() => {});

async function create() {
  watch.clear();
  at("make").disabled = true;
  try {
    const video = await api.create(form.body());
    gallery.load().catch(() => {});
    at("watch").scrollIntoView({ block: "nearest" });
    watch.follow(video, finished).catch(form.showError);
  } finally {
    at("make").disabled = false;
  }
}

async function open(video) {
  at("watch").scrollIntoView({ block: "nearest" });
  await watch.follow(video, finished);
}

async function remix() {
  form.fill((await api.trace(watch.current().id)).request);
}

async function remove() {
  const video = watch.current();
  if (confirm("Delete this video and its files?")) {
    await api.remove(video.id);
    watch.clear();
    history.replaceState(null, "", location.pathname);
    await gallery.load();
  }
}

/** The request of the video in sight, or of the form. */
async function copy() {
  const video = watch.current();
  const texts = snippets(video ? await settings(video) : form.body(), api.key.get() !== "");
  const names = Object.keys(texts);
  const show = (name) => {
    at("code").textContent = texts[name];
    for (const button of at("languages").children) {
      button.setAttribute("aria-pressed", String(button.textContent === name));
    }
  };
  at("languages").replaceChildren(...names.map((name) => {
    const button = make("button", { type: "button", className: "chip", textContent: name });
    button.addEventListener("click", () => show(name));
    return button;
  }));
  show(names[0]);
  at("copied").textContent = "";
  at("copy-dialog").showModal();
}

async function settings(video) {
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

async function copyText() {
  try {
    await navigator.clipboard.writeText(at("code").textContent);
    at("copied").textContent = "Copied.";
  } catch {
    getSelection().selectAllChildren(at("code"));
    at("copied").textContent = "Press Ctrl+C to copy.";
  }
}

async function download() {
  const video = watch.current();
  const address = await api.content(video.id, "video");
  make("a", { href: address, download: video.id + ".mp4" }).click();
  setTimeout(() => URL.revokeObjectURL(address), 1000);
}

async function start() {
  await form.load();
  await gallery.load((video) => attempt(() => open(video)));
  const wanted = location.hash.slice(1);
  if (/^video_[0-9A-Z]{26}$/.test(wanted)) {
    await watch.follow(await api.video(wanted), finished);
  }
}

form.listen();
at("form").addEventListener("submit", (event) => {
  event.preventDefault();
  attempt(create);
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && !at("make").disabled) {
    event.preventDefault();
    at("form").requestSubmit();
  }
});
at("cancel").addEventListener("click", () => attempt(() => api.cancel(watch.current().id)));
at("remix").addEventListener("click", () => attempt(remix));
at("delete").addEventListener("click", () => attempt(remove));
at("copy").addEventListener("click", () => attempt(copy));
at("copy-text").addEventListener("click", copyText);
at("copy-close").addEventListener("click", () => at("copy-dialog").close());
at("download").addEventListener("click", () => attempt(download));
at("more-videos").addEventListener("click", () => attempt(gallery.more));
at("key").value = api.key.get();
at("key").addEventListener("change", () => {
  api.key.set(at("key").value);
  attempt(start);
});
attempt(start);
