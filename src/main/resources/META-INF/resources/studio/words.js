/** What the page says, apart from the labels of index.html. */

import { figure, number, plain, seconds } from "./dom.js";

/** Letter -> what made the step. */
export const SOURCES = {
  L: "the large model",
  P: "probe: both ran, the large one advanced",
  S: "the small model",
  R: "neither: the last velocity was reused",
  G: "the large model, its guidance difference reused",
};

export const STATES = {
  COLD: "Not calibrated: the large model runs, with probes, and each video teaches.",
  LEARNING: "Learning: too little is measured for a promise yet.",
  ADAPTIVE: "Calibrated: the controller decides step by step.",
  DRIFTED: "The models no longer behave as measured: they are measured again.",
};

export const STATUS = { queued: "Queued", in_progress: "Running", completed: "Done", failed: "Failed" };

/** Why a step was made as it was. */
export const REASONS = {
  head: "The profile keeps the first steps for the large model.",
  tail: "The profile keeps the last steps for the large model.",
  plan: "The cheapest rest of the run within the budget begins so.",
  budget: "A cheaper move was planned, but the budget does not bear its error.",
  ceiling: "The predicted divergence is above the profile's ceiling.",
  probe_planned: "The plan buys a probe: the small model is better after it.",
  probe_exploring: "A probe, so that changes of the pair are seen.",
  above_threshold: "The small model was running and is left: its error is above the threshold.",
  within_hysteresis: "The small model was running and goes on within the hysteresis.",
  learning: "The pair is not known well enough.",
  non_finite: "The small model failed: the large one goes on to the end.",
  fallback: "The stored profile decides.",
  shadow: "The profile only watches: the large model runs.",
  schedule: "The request named the schedule.",
};

const compute = (share) => number(100 * share, 0) + " % of the large model's compute";

export const WORDS = {
  views: { make: "Make", video: "Make", gallery: "Gallery", compare: "Compare", pair: "Pair", profiles: "Profiles" },
  unreachable: "The service cannot be reached. Is it still running?",
  status: (code) => "The service answered with status " + code + ".",
  tryAgain: (wait) => " Try again in " + wait + " s.",
  needsKey: " Press “API key” above and enter one.",
  noPair: "No pair is ready. The log of the service and /q/health/ready on its management port say why.",
  noVideo: "There is no such video any more. It was deleted, or its time is over.",

  unknown: (words) => "Unknown to this pair: " + words.join(", ") + ".",
  badSeed: "The seed has to be a whole number, 0 or more.",
  promiseOf: (promise) => promise.deviation === 0
    ? "The large model alone, bit for bit."
    : `${number(100 * promise.coverage, 0)} % of the videos deviate by at most ${figure(promise.deviation)}` +
      (promise.provisional ? ` (provisional: ${promise.samples} samples).` : ` (${promise.samples} samples).`),
  noPromise: "Nothing is promised.",
  takes: (entry) => (Number.isFinite(entry.seconds) ? `About ${seconds(entry.seconds)}, ` : "") + compute(entry.compute) + ".",
  planPlot: "Promised deviation over the time of a video. The slider below moves the point.",
  planX: (measured) => (measured ? "seconds a video" : "share of the large model's compute"),
  planY: "promised deviation",
  unplanned: (most) => `No plan is drawn for more than ${most} steps; the service makes one when the video is made.`,
  fixed: "The schedule or the policy decides; quality has no effect.",
  active: (name) => `active (${name})`,

  queue: (place) => `, number ${place} in the queue`,
  left: (rest) => "about " + seconds(rest) + " left",
  schedule: (letters) => "Schedule: " + (letters || "no step made yet"),
  cell: (index, letter) => `step ${index + 1}: ${SOURCES[letter] ?? letter}`,
  steps: (made, count) => `Predicted residual of the cheaper move and its threshold, ${made} of ${count} steps`,
  stepX: "step",
  stepY: "distance to the large model's velocity, relative",
  stepPoint: (step) => `step ${step.index + 1}, ${step.letter}: ${REASONS[step.reason] ?? plain(step.reason)}`,
  measuredPoint: (index, name, value) => `step ${index + 1}: ${plain(name)} would have been off by ${figure(value)}`,
  divergencePoint: (index, value) => `step ${index + 1}: the two models differ by ${figure(value)}`,
  plotKey: [["dot predicted", "predicted for the cheaper move, filled where it was taken"], ["threshold", "threshold"],
    ["dot read", "what a source would have been off by"], ["dot divergence", "divergence at a probe"]],
  why: (step) => (step.compared ? `${step.compared} ${figure(step.residual)} ${step.residual < step.threshold ? "<" : "≥"} ` +
    `${figure(step.threshold)}: ` : "") + (REASONS[step.reason] ?? plain(step.reason)),
  facts: {
    speedup: "Speedup", compute: "Compute", time: "Time", promise: "Promised", predicted: "Predicted", quality: "Quality",
    fallback: "Fallback", seed: "Seed", id: "Id",
  },
  speedup: (value) => number(value, 2) + " × large only",
  computeOf: (share) => number(100 * share, 0) + " % of large only",
  atMost: (value) => "deviation at most " + figure(value),
  deviation: (value) => "deviation " + figure(value),
  qualityOf: (blend) => number(blend.quality, 2) + " (" + blend.policy + ", " + blend.profile + ")",
  fallbackOf: (fallback) => `${plain(fallback.reason)} at step ${fallback.step + 1}, to ${plain(fallback.to)}`,

  audit: (one, { audited, kept }) => (one
    ? `Audited: this video was made again by the large model alone; it deviates by ${figure(one.actual)}, so the promise ` +
      (one.actual <= one.promised ? "was kept." : "was broken.")
    : "This video was not audited" + (audited > 0 ? `; of ${audited} that were, ${kept} kept their promise.` : ", nor was any other of this pair.")),
  kept: (one) => (one ? (one.actual <= one.promised ? ", kept" : ", broken") : ""),
  within: (value) => (value > 0 ? "deviation ≤ " + figure(value) : "exact"),

  actions: {
    open: "Open", remix: "Remix", replay: "Replay", compare: "Compare", code: "Copy as code", download: "Download", remove: "Delete",
  },
  more: "More",
  all: "all",
  reallyRemove: "Delete this video and its files?",
  reallyForget: "Forget all that was learned about this pair? What was shipped holds again.",
  copied: "Copied.",
  pressCopy: "Press Ctrl+C to copy.",

  found: (shown, searched, more) => (searched === shown ? `${shown} videos` : `${shown} of ${searched} videos fit`) +
    (more ? " so far; there are more." : "."),
  noVideos: "There is no video yet. The ones you make stay here.",
  makeOne: "Make one",
  nothingFits: "No video fits the filter.",
  showAll: "Show all",
  faster: (value) => number(value, 1) + " × speed",

  compare: {
    notReady: "Only a finished video can be compared.",
    making: (status, progress) => `${status}: ${progress} %`,
    reading: "Reading the frames…",
    other: "The two videos differ in size or length: there is nothing to compare frame by frame.",
    unplayable: "This browser cannot play the video.",
    needsValue: { schedule: "Write a schedule: LSL, or a letter a step.", quality: "Write a quality from 0 to 1." },
    play: "Play",
    stop: "Stop",
    seconds: "Seconds, queue apart",
    compute: "Compute (TFLOP)",
    schedule: "Schedule",
    by: "By",
    canvas: (name) => "Frames of " + name,
    both: "Difference of the two",
    same: "The two are equal in every pixel.",
    likeness: (psnr, ssim) => `PSNR ${number(psnr, 2)} dB, SSIM ${number(ssim, 4)}`,
    how: (frames) => `Of the ${frames} frames as this browser decodes them: PSNR over all values, SSIM in windows of 8 × 8 pixels ` +
      "of luma. “bench” measures before the encoding.",
    name: (video) => (video.flowblend.policy === "adaptive" ? "quality " + number(video.flowblend.quality, 2)
      : video.flowblend.policy === "large" ? "large model alone" : video.flowblend.policy),
  },

  pair: {
    sigma: "sigma (1: noise, 0: picture)",
    relative: "relative L2",
    factor: "factor",
    perError: "deviation per error",
    counts: (counts) => `${counts.requests} requests, ${counts.twins} twin runs, ${counts.promise_samples} promise samples, ` +
      `${counts.audits} audits.`,
    origin: (origin) => "Where the numbers come from: " + (origin ?? "nothing is known yet") + ".",
    residual: (name) => `Residual of ${plain(name)} by noise level, with a band of one standard deviation`,
    gain: (name) => `Gain and slope share of ${plain(name)} by noise level`,
    sensitivity: "Sensitivity of each source by noise level",
    thresholds: "Thresholds by noise level at the chosen quality",
    promise: "Measured over predicted deviation of the samples",
    prior: "Dashed: no reading here; a prior, or taken from its neighbours.",
    predictedX: "predicted",
    measuredY: "measured",
    nothing: "Nothing is measured yet. “Calibrate” below measures this pair between the videos.",
    promiseWords: (above, plan, audits) => `${above} samples deviate more than predicted; the promise makes up for that. ` +
      (plan ? WORDS.promiseOf(plan) : WORDS.noPromise) +
      (audits.audited ? ` Audits: ${audits.kept} of ${audits.audited} promises kept.` : " No promise was audited yet."),
    distance: (bins) => (bins === null ? "without an anchor" : `${bins} × a noise bin behind it`),
    noFallback: (count) => `None in ${count} videos.`,
    fallback: (reason, count, all) => `${plain(reason)}: ${count} of ${all} videos`,
    evidence: (one) => `${one.requests} requests, ${one.promise_samples} samples, ${one.audits} audits; ${figure(one.statistic)} ` +
      `against ${figure(one.limit)}`,
    now: "now",
    drift: (bucket) => `${bucket.requests} requests, drift ${figure(bucket.drift)}`,
    job: (job) => `${STATUS[job.status]}: ${job.measured} of ${job.samples} samples, ${job.progress} %` +
      (job.error ? ". " + job.error.message : ""),
    imported: "Imported.",
    forgotten: "Forgotten; what was shipped holds again.",
    gainKey: (letter) => [[letter, "gain"], ["slope", "share of its slope that is followed"]],
    promiseKey: [["dot", "a sample"], ["above", "95 % of the samples around are below"], ["rule", "as predicted"]],
    group: (steps, mix, count) => `${steps} steps, ${mix.split("").join(" and ") || "L"} (${count} samples)`,
  },

  profiles: {
    active: (name) => `“${name}” is active.`,
    problem: (problem) => " The files are not in force as they are: " + problem,
    plans: (pair) => `A typical request of the pair ${pair}, by what is known of it. Nothing is run.`,
    unplannable: "The active profile does not allow requests to ask for this one.",
    plan: (entry) => compute(entry.compute) + (Number.isFinite(entry.seconds) ? ", " + seconds(entry.seconds) : "") +
      (entry.promise ? ", deviation at most " + figure(entry.promise.deviation) : ""),
    isActive: "This one is active.",
    apply: (name) => `Apply “${name}”`,
    revert: (name) => `Back to “${name}”`,
    keep: "Keep and apply",
    edited: (edits) => (edits.length ? "Edited: " + edits.map(([key, from, to]) => `${key.replaceAll("_", "-")} ${from} → ${to || "nothing"}`).join(", ") + "." : ""),
    editedName: (name) => name + "-edited",
    short: (value) => (Array.isArray(value) && value.length > 1 && value.every((one) => one === value[0])
      ? String(value[0]) : WORDS.profiles.list(value)),
    looked: ({ data, without_effect: without }) => (data.length === 0
      ? "No finished video was decided by the controller yet: make some first." : `${data.length} videos, newest first.`) +
      (without.length ? ` ${without.map((key) => key.replaceAll("_", "-")).join(", ")}: no effect on finished videos.` : ""),
    means: { compute: "Compute", promised_deviation: "Promised deviation", predicted_deviation: "Predicted deviation" },
    sides: ["Here", "Active"],
    video: (video) => `quality ${number(video.quality, 2)}: ${number(100 * video.edited.compute, 0)} % here, ` +
      `${number(100 * video.beside.compute, 0)} % active`,
    list: (value) => (Array.isArray(value) ? value.join(", ") || "none" : String(value)),
  },
};
