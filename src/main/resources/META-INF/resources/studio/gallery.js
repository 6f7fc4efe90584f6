/** All videos that the service keeps for the caller: page by page, filtered, as the address says. */

import { at, button, make, options, plain, settled } from "./dom.js";
import * as api from "./api.js";
import { actions } from "./actions.js";
import * as audits from "./audits.js";
import { STATUS, WORDS } from "./words.js";

const PAGE = 24;
const FETCH = 100;
/** Pages that are searched at a time for videos that fit. */
const MOST_FETCHES = 10;
const FILTERS = { text: "filter-text", status: "filter-status", model: "filter-model" };

let host = null;
let addresses = [];
let turn = 0;
let ended = false;
let last = null;
let waiting = [];
let searched = 0;

const pictures = new IntersectionObserver((entries) => {
  for (const entry of entries.filter((one) => one.isIntersecting)) {
    pictures.unobserve(entry.target);
    api.content(entry.target.dataset.id, "thumbnail").then((src) => {
      addresses.push(src);
      entry.target.append(make("img", { alt: "", src }));
    }, () => {});
  }
});

function card(video) {
  const picture = make("span", { className: "card-picture" });
  const words = make("span", { className: "hint", textContent: facts(video) });
  const open = make("a", { className: "card", href: "#/video/" + video.id }, picture,
    make("span", { className: "card-prompt", textContent: video.prompt }), words);
  if (video.status === "completed") {
    addAudit(video, words);
    picture.dataset.id = video.id;
    pictures.observe(picture);
  }
  const menu = make("details", { className: "menu" },
    make("summary", { textContent: WORDS.more, "aria-label": WORDS.more + ": " + video.prompt }), ...actions(video, host));
  return make("li", { id: "card-" + video.id }, open, menu);
}

function facts(video) {
  if (video.status === "failed") {
    return STATUS.failed + ": " + plain(video.error?.code ?? "");
  }
  if (video.status !== "completed") {
    return STATUS[video.status];
  }
  const speedup = video.flowblend.speedup;
  const promise = video.flowblend.promise;
  return new Date(video.created_at * 1000).toLocaleString([], { dateStyle: "short", timeStyle: "short" }) +
    (Number.isFinite(speedup) ? ", " + WORDS.faster(speedup) : "") +
    (promise ? ", " + WORDS.within(promise.deviation) : "");
}

/** Adds to a card whether the video's promise was kept, where an audit has found out. */
async function addAudit(video, words) {
  if (video.flowblend.promise?.deviation > 0) {
    words.append(WORDS.kept(audits.ofVideo(video, await audits.of(video.model))));
  }
}

function fits(video, filter) {
  return (!filter.status || video.status === filter.status) && (!filter.model || video.model === filter.model) &&
    video.prompt.toLowerCase().includes((filter.text ?? "").toLowerCase());
}

/** Shows `count` more videos that fit, as far as there are any. */
async function extend(filter, count, mine) {
  const size = Object.values(filter).some((value) => value) ? FETCH : Math.min(FETCH, count);
  let found = 0;
  for (let fetches = 0; found < count && fetches < MOST_FETCHES;) {
    if (waiting.length === 0) {
      if (ended) {
        break;
      }
      const page = await api.videos(size, last);
      if (mine !== turn) {
        return;
      }
      fetches++;
      ({ data: waiting, last_id: last } = page);
      ended = !page.has_more;
    }
    while (waiting.length > 0 && found < count) {
      const video = waiting.shift();
      searched++;
      if (fits(video, filter)) {
        at("gallery").append(card(video));
        found++;
      }
    }
    at("found").textContent = WORDS.found(at("gallery").children.length, searched, !ended || waiting.length > 0);
  }
}

function showFound(filter) {
  const shown = at("gallery").children.length;
  const more = !ended || waiting.length > 0;
  const filtered = Object.values(filter).some((value) => value);
  at("found").textContent = searched > 0 ? WORDS.found(shown, searched, more) : "";
  at("more-videos").hidden = !more;
  at("empty").hidden = shown > 0 || more;
  at("empty").replaceChildren(
    make("p", { textContent: filtered && searched > 0 ? WORDS.nothingFits : WORDS.noVideos }),
    filtered && searched > 0 ? button(WORDS.showAll, () => go({})) : make("a", { href: "#/make", textContent: WORDS.makeOne }));
}

/** Writes the filter into the address, which shows it. */
function go(filter, pages = 1) {
  const query = new URLSearchParams(Object.entries({ ...filter, pages: pages > 1 ? pages : "" }).filter(([, value]) => value));
  const hash = "#/gallery" + (query.size ? "?" + query : "");
  history.replaceState(null, "", hash);
  host.attempt(() => show(query));
}

const chosen = () => Object.fromEntries(Object.entries(FILTERS).map(([name, id]) => [name, at(id).value]));
const asked = (query) => Object.fromEntries(Object.keys(FILTERS).map((name) => [name, query.get(name) ?? ""]));

/** Shows what a query of the address asks for. */
export async function show(query) {
  const mine = ++turn;
  const filter = asked(query);
  for (const [name, id] of Object.entries(FILTERS)) {
    at(id).value = filter[name];
  }
  addresses.forEach((address) => URL.revokeObjectURL(address));
  [addresses, waiting, searched, last, ended] = [[], [], 0, null, false];
  at("gallery").replaceChildren();
  await extend(filter, PAGE * Math.max(1, Math.min(100, Number(query.get("pages")) || 1)), mine);
  if (mine === turn) {
    showFound(filter);
  }
}

async function more() {
  const query = new URLSearchParams(location.hash.split("?")[1] ?? "");
  query.set("pages", (Number(query.get("pages")) || 1) + 1);
  history.replaceState(null, "", "#/gallery?" + query);
  await extend(asked(query), PAGE, turn);
  showFound(asked(query));
}

export function listen(owner) {
  host = owner;
  at("filter").addEventListener("input", settled(250, () => go(chosen())));
  at("filter").addEventListener("submit", (event) => event.preventDefault());
  at("more-videos").addEventListener("click", () => host.attempt(more));
}

export function load(models) {
  options(at("filter-model"), [["", WORDS.all], ...models.map((model) => [model.id, model.id])]);
}
