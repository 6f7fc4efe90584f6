import { copyText, actions } from "./studio/actions.js";
import * as api from "./studio/api.js";
import * as compare from "./studio/compare.js";
import { at } from "./studio/dom.js";
import * as form from "./studio/form.js";
import * as gallery from "./studio/gallery.js";
import * as pair from "./studio/pair.js";
import * as profiles from "./studio/profiles.js";
import * as watch from "./studio/watch.js";
import { WORDS } from "./studio/words.js";

const VIEWS = ["make", "gallery", "compare", "pair", "profiles"];
const VIDEO = /^video_[0-9A-Z]{26}$/;

let ready = false;

/** Runs what a person asked for; a refusal is shown instead of thrown. */
async function attempt(work) {
  form.clearErrors();
  at("problem").hidden = true;
  try {
    await work();
  } catch (refusal) {
    if (refusal.name !== "AbortError") {
      showRefusal(refusal);
    }
  }
}

function showRefusal(refusal) {
  const field = !at("view-make").hidden ? form.markField(refusal) : at("view-profiles").hidden ? "" : profiles.markField(refusal);
  at("problem").textContent = (field ? field + ": " : "") + refusal.message;
  at("problem").hidden = false;
  if (!field) {
    at("problem").scrollIntoView({ block: "nearest" });
  }
}

/** The parts of the address: view, its arguments, its query. */
function place() {
  const [path, query] = location.hash.replace(/^#\/?/, "").split("?");
  const [view, ...rest] = path.split("/").map(decodeURIComponent);
  return { view: view || "make", rest, query: new URLSearchParams(query ?? "") };
}

function reveal(view) {
  for (const name of VIEWS) {
    at("view-" + name).hidden = name !== view;
  }
  for (const link of at("views").children) {
    const here = link.hash === "#/" + view;
    link.toggleAttribute("data-here", here);
    here ? link.setAttribute("aria-current", "page") : link.removeAttribute("aria-current");
  }
  document.title = WORDS.views[view] + " – FlowBlend Studio";
}

const SHOWS = {
  make: () => {},
  video: ([id]) => open(id),
  gallery: (rest, query) => gallery.show(query),
  compare: ([one, other]) => compare.show(one, other),
  pair: ([id], query) => pair.show(id, query),
  profiles: () => profiles.show(),
};

/** Shows what the address says. */
function route() {
  const { view, rest, query } = place();
  const known = view in SHOWS ? view : "make";
  reveal(known === "video" ? "make" : known);
  compare.stop();
  pair.hide();
  if (ready) {
    attempt(() => SHOWS[known](rest, query));
  }
}

async function open(id) {
  if (watch.current()?.id === id) {
    return;
  }
  if (!VIDEO.test(id)) {
    throw new api.Refusal(WORDS.noVideo, 404, null);
  }
  if (matchMedia("(max-width: 60rem)").matches) {
    at("watch").scrollIntoView();
  }
  try {
    await watch.show(id, (video) => actions(video, host));
  } catch (refusal) {
    throw refusal.status === 404 ? new api.Refusal(WORDS.noVideo, 404, null) : refusal;
  }
}

async function create() {
  watch.clear();
  at("make").disabled = true;
  try {
    location.hash = "#/video/" + (await api.create(form.body())).id;
  } finally {
    at("make").disabled = false;
  }
}

const host = {
  attempt,
  remix: (settings) => {
    location.hash = "#/make";
    reveal("make");
    form.fill(settings);
  },
  removed: (video) => {
    if (watch.current()?.id === video.id) {
      watch.clear();
    }
    place().view === "video" ? (location.hash = "#/gallery") : route();
  },
  models: () => models.map((model) => model.id),
  example: (pair) => models.find((model) => model.id === pair)?.flowblend.examples[0],
  profilesChanged: (known) => form.load(models, known),
};

let models = [];

async function start() {
  ready = false;
  [{ data: models }] = [await api.models()];
  if (models.length === 0) {
    throw new api.Refusal(WORDS.noPair, 503, null);
  }
  form.load(models, await api.profiles());
  gallery.load(models);
  pair.prepare(models);
  ready = true;
  route();
}

function listen() {
  form.listen();
  gallery.listen(host);
  compare.listen(host);
  pair.listen(host);
  profiles.listen(host);
  at("form").addEventListener("submit", (event) => {
    event.preventDefault();
    attempt(create);
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && !at("view-make").hidden && !at("make").disabled) {
      event.preventDefault();
      at("form").requestSubmit();
    }
  });
  at("skip").addEventListener("click", (event) => {
    event.preventDefault();
    at("view").focus();
  });
  at("with-previews").addEventListener("change", () => attempt(() => watch.show(watch.current().id, (video) => actions(video, host))));
  at("cancel").addEventListener("click", () => attempt(() => api.cancel(watch.current().id)));
  at("copy-text").addEventListener("click", copyText);
  at("copy-close").addEventListener("click", () => at("copy-dialog").close());
  at("key-open").addEventListener("click", () => at("key-dialog").showModal());
  at("key").value = api.key.get();
  at("key-dialog").addEventListener("close", () => {
    if (at("key").value !== api.key.get()) {
      api.key.set(at("key").value);
      attempt(start);
    }
  });
  addEventListener("hashchange", route);
}

watch.clear();
listen();
route();
attempt(start);
