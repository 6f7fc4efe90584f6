/** Tuning profiles: what each sets, which one is active, and what an edited one would have made of finished videos. */

import { at, figure, make, number, options } from "./dom.js";
import * as api from "./api.js";
import { cells } from "./cells.js";
import { KEYS } from "./keys.js";
import { WORDS } from "./words.js";

const QUALITIES = [0.2, 0.5, 0.8];
/** Videos of a what-if whose schedules are drawn. */
const MOST_SHOWN = 20;

let host = null;
let known = null;
/** The profile that was active before this page changed it. */
let before = null;

const chosen = () => known.data.find((profile) => profile.id === at("profile-id").value);
const inputOf = (key) => document.getElementById("key-" + key);

/** What a key's input says, in the type that the key has; what is no value of that type is left to the service to refuse. */
function valueOf(key, before) {
  const text = inputOf(key).value.trim();
  const one = (part) => (part !== "" && Number.isFinite(Number(part)) ? Number(part) : part);
  if (typeof before === "boolean") {
    return text === "true";
  }
  if (typeof before === "number") {
    return one(text);
  }
  const list = text === "" || text === WORDS.profiles.list([]) ? [] : text.split(",").map((part) => one(part.trim()));
  return list.length === 1 && typeof list[0] === "number" ? list[0] : list;
}

/** The keys that were edited, with their values. */
function edits() {
  return Object.fromEntries(Object.entries(chosen().settings)
    .filter(([key, before]) => inputOf(key).value.trim() !== WORDS.profiles.short(before))
    .map(([key, before]) => [key, valueOf(key, before)]));
}

function input(key, value) {
  const attributes = { id: "key-" + key, "aria-label": key.replaceAll("_", "-") };
  if (typeof value !== "boolean") {
    return make("input", { ...attributes, value: WORDS.profiles.short(value), autocomplete: "off" });
  }
  const select = make("select", attributes);
  options(select, ["true", "false"].map((text) => [text, text]), String(value));
  return select;
}

/** Marks what differs from the active profile, and offers what can be done with the edits. */
function showEdits() {
  const edited = Object.keys(edits());
  const active = known.data.find((profile) => profile.id === known.active);
  for (const [key, value] of Object.entries(active.settings)) {
    inputOf(key).closest("tr").className = inputOf(key).value.trim() === WORDS.profiles.short(value) ? "" : "differs";
  }
  at("profile-edits").textContent = WORDS.profiles.edited(edited.map((key) =>
    [key, WORDS.profiles.short(chosen().settings[key]), inputOf(key).value.trim()]));
  at("keep-name-of").hidden = edited.length === 0;
  at("undo").hidden = edited.length === 0;
  at("apply").disabled = edited.length === 0 && chosen().active;
  at("apply").textContent = edited.length > 0 ? WORDS.profiles.keep
    : chosen().active ? WORDS.profiles.isActive : WORDS.profiles.apply(chosen().id);
}

function showChosen() {
  const active = known.data.find((profile) => profile.id === known.active);
  at("profile-keys").tBodies[0].replaceChildren(...Object.entries(chosen().settings).map(([key, value]) => make("tr", {},
    make("th", { scope: "row" }, make("code", { textContent: key.replaceAll("_", "-") }),
      make("p", { className: "hint", textContent: KEYS[key] ?? "" })),
    make("td", {}, input(key, value)), make("td", { textContent: WORDS.profiles.short(active.settings[key]) }))));
  at("keep-name").value = WORDS.profiles.editedName(chosen().id);
  at("what-if-result").hidden = true;
  at("what-if-words").textContent = "";
  showEdits();
}

function clearMarks() {
  for (const marked of at("profile-keys").querySelectorAll("[aria-invalid]")) {
    marked.removeAttribute("aria-invalid");
  }
}

/** Marks the key that a refusal names. Returns its name, or nothing if it names none. */
export function markField({ param }) {
  const key = /^settings\.(\w+)$/.exec(param ?? "")?.[1];
  const field = param === "profile" && !at("keep-name-of").hidden ? at("keep-name") : key ? inputOf(key) : null;
  field?.setAttribute("aria-invalid", "true");
  field?.focus();
  return key && field ? key.replaceAll("_", "-") : "";
}

/** What the profile as it stands here would have made of the newest videos. */
async function tryIt() {
  clearMarks();
  const result = await api.whatIf({ profile: chosen().id, settings: edits(), videos: Number(at("what-if-videos").value) });
  at("what-if-words").textContent = WORDS.profiles.looked(result);
  at("what-if-result").hidden = result.data.length === 0;
  at("what-if-means").tBodies[0].replaceChildren(...Object.entries(WORDS.profiles.means).map(([name, words]) => make("tr", {},
    make("th", { scope: "row", textContent: words }),
    ...[result.edited, result.beside].map((side) => make("td", { textContent: name === "compute" ? WORDS.computeOf(side[name] ?? NaN) : figure(side[name] ?? NaN) })))));
  at("what-if-list").replaceChildren(...result.data.slice(0, MOST_SHOWN).map((video) => make("li", {},
    make("a", { href: "#/video/" + video.id, textContent: WORDS.profiles.video(video) }),
    ...[video.edited, video.beside].map((run, index) => make("div", { className: "cells small", role: "img",
      "aria-label": WORDS.profiles.sides[index] + ". " + WORDS.schedule(run.schedule) },
      make("span", { className: "side", textContent: WORDS.profiles.sides[index] }), ...cells(run.schedule))))));
}

/** What the chosen profile and the active one come to, side by side. */
async function showPlans() {
  const [pair] = host.models();
  const [here, active] = [at("profile-id").value, known.active];
  const prompt = host.example(pair) ?? "a video";
  const plan = (profile) => api.plan({ model: pair, prompt, profile, qualities: QUALITIES });
  at("profile-plans").tBodies[0].replaceChildren();
  at("profile-plans-words").textContent = WORDS.profiles.plans(pair);
  let plans;
  try {
    plans = [await plan(here), await plan(active)];
  } catch (refusal) {
    if (refusal.param !== "profile") {
      throw refusal;
    }
    at("profile-plans-words").textContent = WORDS.profiles.unplannable;
    return;
  }
  if (here === at("profile-id").value && active === known.active) {
    at("profile-plans").tBodies[0].replaceChildren(...QUALITIES.map((quality, index) => make("tr", {},
      make("th", { scope: "row", textContent: number(quality, 1) }),
      ...plans.map((entries) => make("td", { textContent: WORDS.profiles.plan(entries[index]) })))));
  }
}

function showKnown(found) {
  known = found;
  options(at("profile-id"), found.data.map((profile) => [profile.id, profile.id]), at("profile-id").value || found.active);
  at("profile-active").textContent = WORDS.profiles.active(found.active) + (found.problem ? WORDS.profiles.problem(found.problem) : "");
  at("revert").hidden = before === null || before === found.active;
  at("revert").textContent = WORDS.profiles.revert(before);
  showChosen();
  host.attempt(showPlans);
}

/** Makes the chosen profile the active one; an edited one is kept first. */
async function apply() {
  clearMarks();
  const settings = edits();
  if (Object.keys(settings).length === 0) {
    return activate(chosen().id);
  }
  const name = at("keep-name").value.trim();
  known = await api.keepProfile(name, chosen().id, settings);
  options(at("profile-id"), known.data.map((profile) => [profile.id, profile.id]), name);
  return activate(name);
}

async function activate(name) {
  const earlier = known.active;
  const found = await api.activate(name);
  before = earlier;
  showKnown(found);
  host.profilesChanged(known);
}

export async function show() {
  showKnown(await api.profiles());
}

export function listen(owner) {
  host = owner;
  at("profile-id").addEventListener("change", () => {
    showChosen();
    host.attempt(showPlans);
  });
  at("profile-keys").addEventListener("input", showEdits);
  at("undo").addEventListener("click", showChosen);
  at("what-if").addEventListener("submit", (event) => {
    event.preventDefault();
    host.attempt(tryIt);
  });
  at("apply").addEventListener("click", () => host.attempt(apply));
  at("revert").addEventListener("click", () => host.attempt(() => {
    at("profile-id").value = before;
    return activate(before);
  }));
}
