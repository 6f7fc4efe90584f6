/** Whether promises were kept: what audits of finished videos found. */

import * as api from "./api.js";

const FRESH_MS = 60_000;
const known = new Map();

/** The audits of a pair, asked for at most once a minute; none where they cannot be had. */
export function of(pair) {
  const last = known.get(pair);
  if (!last || performance.now() - last.at > FRESH_MS) {
    known.set(pair, { at: performance.now(), audits: api.calibration(pair, 0.5).then(
      ({ audits, evidence }) => ({ ...audits, all: evidence.measured?.audits ?? [] }), () => ({ audited: 0, kept: 0, all: [] })) });
  }
  return known.get(pair).audits;
}

/** The audit of a video, if it was one of those that were audited: it has the video's own figures. */
export function ofVideo({ flowblend }, { all }) {
  return all.find((audit) => audit.promised === flowblend.promise?.deviation && audit.predicted === flowblend.predicted_deviation);
}
