/** What is known about a pair. What is a prior is drawn dashed. */

import { at, make, number, options, plain, settled } from "./dom.js";
import * as api from "./api.js";
import { save } from "./actions.js";
import { cells } from "./cells.js";
import { draw, key, upTo } from "./plot.js";
import { STATES, WORDS } from "./words.js";

const JOB_MS = 1000;
/** Samples that a quantile is taken of. */
const NEAREST = 60;

let host = null;
let known = null;
let turn = 0;
let timer = 0;
let job = null;

const id = () => at("pair-id").value;
const middle = (bin) => (bin.sigma_from + bin.sigma_to) / 2;
const SIGMA = { min: 1, max: 0, label: WORDS.pair.sigma };

/** Points as a line where `measured` holds, and as a dashed one where it does not. */
function twoLines(name, points, measured) {
  const part = (wanted) => points.map(([x, y], index) => {
    const near = [index - 1, index, index + 1].some((i) => measured[i] === wanted);
    return [x, measured[index] === wanted || (!wanted && near) ? y : null];
  });
  return [{ kind: "line", name: name + " prior", points: part(false) }, { kind: "line", name, points: part(true) }];
}

function showSource() {
  const source = known.sources.find((one) => one.source === at("pair-source").value);
  if (!source) {
    return;
  }
  const distance = Number(at("pair-distance").value);
  const of = source.bins.map((bin) => ({ x: middle(bin), ...bin.distances[distance] }));
  const measured = of.map((cell) => cell.count > 0);
  const line = (value) => of.map((cell) => [cell.x, value(cell)]);
  draw(at("plot-residual"), {
    label: WORDS.pair.residual(source.source),
    x: SIGMA,
    y: { ...upTo(of.map((cell) => cell.residual + cell.spread)), label: WORDS.pair.relative },
    series: [
      { kind: "band", name: source.letter, points: of.map((cell) => [cell.x, Math.max(0, cell.residual - cell.spread), cell.residual + cell.spread]) },
      ...twoLines(source.letter, line((cell) => cell.residual), measured),
    ],
  });
  draw(at("plot-gain"), {
    label: WORDS.pair.gain(source.source),
    x: SIGMA,
    y: { min: Math.min(0, ...of.map((cell) => cell.gain)), max: Math.max(1, ...of.map((cell) => cell.gain)) * 1.05, label: WORDS.pair.factor },
    series: [...twoLines(source.letter, line((cell) => cell.gain), measured), ...twoLines("slope", line((cell) => cell.slope_share), measured)],
  });
  at("key-gain").replaceChildren(...key(WORDS.pair.gainKey(source.letter)));
}

function showSensitivity() {
  draw(at("plot-sensitivity"), {
    label: WORDS.pair.sensitivity,
    x: SIGMA,
    y: { ...upTo(known.sources.flatMap((source) => source.bins.map((bin) => bin.sensitivity))), label: WORDS.pair.perError },
    series: known.sources.flatMap((source) =>
      twoLines(source.letter, source.bins.map((bin) => [middle(bin), bin.sensitivity]), source.bins.map(() => known.counts.twins > 0))),
  });
  at("key-sensitivity").replaceChildren(...key(known.sources.map((source) => [source.letter, plain(source.source)])));
}

function showPlan() {
  const { plan, thresholds } = known;
  const finite = thresholds.filter((one) => Number.isFinite(one.threshold));
  const most = 3 * ([...finite].sort((a, b) => a.threshold - b.threshold)[Math.floor(finite.length / 2)]?.threshold ?? 0.1);
  draw(at("plot-thresholds"), {
    label: WORDS.pair.thresholds,
    x: SIGMA,
    y: { ...upTo(finite.map((one) => Math.min(most, one.threshold)), 0.05), label: WORDS.pair.relative },
    series: [{ kind: "line", name: "threshold", points: thresholds.map((one) => [one.sigma, Number.isFinite(one.threshold) ? Math.min(most, one.threshold) : null]) }],
  });
  at("pair-cells").replaceChildren(...cells(plan.schedule));
  at("pair-cells").setAttribute("aria-label", WORDS.schedule(plan.schedule));
  at("pair-plan").textContent = (plan.promise ? WORDS.promiseOf(plan.promise) : WORDS.noPromise) + " " + WORDS.takes(plan);
}

/** Samples of the same steps and moves, by a name for them. */
function groups() {
  const found = new Map();
  for (const sample of known.evidence.measured?.promises ?? []) {
    const name = sample.steps + " " + sample.mix;
    found.set(name, [...(found.get(name) ?? []), sample]);
  }
  return found;
}

/** The groups to choose from; first the one that the promise is read off. */
function offerGroups() {
  const promised = known.plan.promise?.samples;
  const sorted = [...groups()].sort(([, a], [, b]) => (b.length === promised) - (a.length === promised) || b.length - a.length);
  options(at("promise-group"), sorted.map(([name, samples]) => [name, WORDS.pair.group(samples[0].steps, samples[0].mix, samples.length)]));
}

/** The deviation that 95 % of the samples nearest to each prediction would stay below, by measured over predicted. */
function quantiles(samples) {
  const sorted = [...samples].sort((a, b) => a.predicted - b.predicted);
  return sorted.map((sample, index) => {
    const start = Math.max(0, Math.min(sorted.length - NEAREST, index - NEAREST / 2));
    const near = sorted.slice(start, start + NEAREST).map((one) => one.actual / one.predicted).sort((a, b) => a - b);
    return [sample.predicted, sample.predicted * near[Math.min(near.length - 1, Math.ceil(0.95 * near.length) - 1)]];
  });
}

function showPromises() {
  const samples = groups().get(at("promise-group").value) ?? [];
  const most = Math.max(0.05, ...samples.map((one) => one.predicted));
  const highest = 1.3 * Math.max(0.05, ...samples.map((one) => one.actual));
  draw(at("plot-promise"), {
    label: WORDS.pair.promise,
    x: { min: 0, max: most, label: WORDS.pair.predictedX },
    y: { min: 0, max: highest, label: WORDS.pair.measuredY },
    series: [
      { kind: "dots", name: "sample", radius: 2.5, points: samples.map((one) => [one.predicted, one.actual]) },
      { kind: "line", name: "above", points: quantiles(samples).map(([x, y]) => [x, y <= highest ? y : null]) },
      { kind: "line", name: "rule", points: [[0, 0], [most, most]] },
    ],
  });
  at("key-promise").replaceChildren(...key(WORDS.pair.promiseKey));
  const above = samples.filter((one) => one.actual > one.predicted).length;
  at("promise-words").textContent = samples.length ? WORDS.pair.promiseWords(above, known.plan.promise, known.audits) : WORDS.pair.nothing;
}

function showHistory() {
  const row = (...values) => make("tr", {}, ...values.map((value) => make("td", { textContent: value })));
  const state = (name) => plain(name).toLowerCase();
  at("pair-history").tBodies[0].replaceChildren(
    ...known.buckets.map((bucket) => row(WORDS.pair.now, bucket.bucket, state(bucket.state), "", WORDS.pair.drift(bucket))),
    ...known.history.map((one) => row(new Date(one.at * 1000).toLocaleString(), one.bucket, state(one.from) + " → " + state(one.to),
      plain(one.cause) + (one.source ? " (" + plain(one.source) + ")" : ""), WORDS.pair.evidence(one))));
}

async function showFallbacks(mine) {
  const videos = (await api.videos(100)).data.filter((video) => video.model === known.pair);
  if (mine !== turn) {
    return;
  }
  const counts = new Map();
  for (const { flowblend: { fallback } } of videos.filter((video) => video.flowblend.fallback)) {
    counts.set(fallback.reason, (counts.get(fallback.reason) ?? 0) + 1);
  }
  const lines = [...counts].map(([reason, count]) => WORDS.pair.fallback(reason, count, videos.length));
  at("fallbacks").replaceChildren(...(lines.length ? lines : [WORDS.pair.noFallback(videos.length)])
    .map((textContent) => make("p", { className: "hint", textContent })));
}

function showKnown(found) {
  known = found;
  at("pair-words").replaceChildren(make("span", { className: "state " + found.state, textContent: found.state.toLowerCase() }),
    " " + STATES[found.state] + " " + WORDS.pair.counts(found.counts));
  const origin = found.sources.length ? WORDS.pair.origin(found.origin) + " " + WORDS.pair.prior : WORDS.pair.nothing;
  at("pair-origin").textContent = origin;
  options(at("pair-source"), found.sources.map((source) => [source.source, plain(source.source)]));
  options(at("pair-distance"), (found.sources[0]?.bins[0].distances ?? []).map((cell, index) => [String(index), WORDS.pair.distance(cell.distance)]),
    at("pair-distance").value || "2");
  for (const name of ["plot-residual", "plot-gain", "plot-sensitivity"]) {
    at(name).parentElement.hidden = found.sources.length === 0;
  }
  showSource();
  showSensitivity();
  showPlan();
  offerGroups();
  showPromises();
  showHistory();
}

async function load() {
  const mine = ++turn;
  at("pair-quality-value").textContent = number(Number(at("pair-quality").value), 2);
  const found = await api.calibration(id(), at("pair-quality").value);
  if (mine === turn) {
    showKnown(found);
    await showFallbacks(mine);
  }
}

/** Shows how the pair's calibrations stand, until none goes on. */
async function followJobs() {
  clearTimeout(timer);
  const pair = id();
  const jobs = await api.calibrations(pair);
  if (pair !== id()) {
    return;
  }
  const wasGoing = job !== null;
  job = jobs.find((one) => one.status === "queued" || one.status === "in_progress") ?? null;
  at("calibrate-stop").hidden = job === null;
  at("calibrations").replaceChildren(...jobs.slice(0, 5).map((one) =>
    make("p", { className: "hint", textContent: new Date(one.created_at * 1000).toLocaleString() + " – " + WORDS.pair.job(one) })));
  if (job) {
    timer = setTimeout(() => host.attempt(followJobs), JOB_MS);
  } else if (wasGoing) {
    await load();
  }
}

/** Shows a pair; `query` may say at which quality. */
export async function show(pair, query) {
  if (pair && [...at("pair-id").options].some((option) => option.value === pair)) {
    at("pair-id").value = pair;
  }
  at("pair-quality").value = query.get("quality") ?? at("pair-quality").value;
  job = null;
  await load();
  await followJobs();
}

export function hide() {
  clearTimeout(timer);
}

export function prepare(models) {
  options(at("pair-id"), models.map((model) => [model.id, model.id]));
}

async function exportFile() {
  save(URL.createObjectURL(await api.calibrationFile(id())), id() + ".json");
}

async function importFile() {
  const [file] = at("import-file").files;
  at("import-file").value = "";
  if (file) {
    await api.importCalibration(id(), await file.text());
    await load();
    at("calibrations").replaceChildren(make("p", { className: "hint", textContent: WORDS.pair.imported }));
  }
}

async function forget() {
  if (confirm(WORDS.reallyForget)) {
    await api.forgetCalibration(id());
    await load();
    at("calibrations").replaceChildren(make("p", { className: "hint", textContent: WORDS.pair.forgotten }));
  }
}

function move() {
  history.replaceState(null, "", "#/pair/" + encodeURIComponent(id()) + "?quality=" + at("pair-quality").value);
}

export function listen(owner) {
  host = owner;
  const again = settled(150, () => host.attempt(load));
  at("pair-id").addEventListener("change", () => {
    move();
    host.attempt(() => show(id(), new URLSearchParams()));
  });
  at("pair-quality").addEventListener("input", () => {
    move();
    at("pair-quality-value").textContent = number(Number(at("pair-quality").value), 2);
    again();
  });
  at("pair-source").addEventListener("change", showSource);
  at("pair-distance").addEventListener("change", showSource);
  at("promise-group").addEventListener("change", showPromises);
  at("calibrate").addEventListener("submit", (event) => {
    event.preventDefault();
    host.attempt(async () => {
      await api.calibrate(id(), Number(at("samples").value));
      await followJobs();
    });
  });
  at("calibrate-stop").addEventListener("click", () => host.attempt(async () => {
    await api.stopCalibration(id(), job.id);
    await followJobs();
  }));
  at("export").addEventListener("click", () => host.attempt(exportFile));
  at("import").addEventListener("click", () => at("import-file").click());
  at("import-file").addEventListener("change", () => host.attempt(importFile));
  at("forget").addEventListener("click", () => host.attempt(forget));
}
