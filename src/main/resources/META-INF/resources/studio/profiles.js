/** Tuning profiles: what each sets, and which one is active. */

import { at, make, number, options } from "./dom.js";
import * as api from "./api.js";
import { KEYS } from "./keys.js";
import { WORDS } from "./words.js";

const QUALITIES = [0.2, 0.5, 0.8];

let host = null;
let known = null;
/** The profile that was active before this page changed it. */
let before = null;

function showChosen() {
  const chosen = known.data.find((profile) => profile.id === at("profile-id").value);
  const active = known.data.find((profile) => profile.id === known.active);
  at("apply").disabled = chosen.active;
  at("apply").textContent = chosen.active ? WORDS.profiles.isActive : WORDS.profiles.apply(chosen.id);
  at("profile-keys").tBodies[0].replaceChildren(...Object.entries(chosen.settings).map(([key, value]) => {
    const [here, there] = [value, active.settings[key]].map(WORDS.profiles.list);
    return make("tr", { className: here === there ? "" : "differs" },
      make("th", { scope: "row" }, make("code", { textContent: key.replaceAll("_", "-") }),
      make("p", { className: "hint", textContent: KEYS[key] ?? "" })),
      make("td", { textContent: here }), make("td", { textContent: there }));
  }));
}

/** What the chosen profile and the active one come to, side by side. */
async function showPlans() {
  const [pair] = host.models();
  const [chosen, active] = [at("profile-id").value, known.active];
  const prompt = host.example(pair) ?? "a video";
  const plan = (profile) => api.plan({ model: pair, prompt, profile, qualities: QUALITIES });
  at("profile-plans").tBodies[0].replaceChildren();
  at("profile-plans-words").textContent = WORDS.profiles.plans(pair);
  let plans;
  try {
    plans = [await plan(chosen), await plan(active)];
  } catch (refusal) {
    if (refusal.param !== "profile") {
      throw refusal;
    }
    at("profile-plans-words").textContent = WORDS.profiles.unplannable;
    return;
  }
  if (chosen === at("profile-id").value && active === known.active) {
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
  at("apply").addEventListener("click", () => host.attempt(() => activate(at("profile-id").value)));
  at("revert").addEventListener("click", () => host.attempt(() => {
    at("profile-id").value = before;
    return activate(before);
  }));
}
