/** The keys of a tuning profile, as profiles/balanced.yaml says what they mean. */

export const KEYS = {
  allowed_profiles: "Profiles that a request may ask for while this one is the active one; itself always. Fewer: " +
    "requests are held to these limits. A list of names of profiles that are there, [] = none but itself, or [\"*\"] = all of them (the default)",
  default_quality: "Quality of a request that names none. 1 = LARGE alone; a quality q promises a deviation of at most " +
    "50^-q. 0..1",
  head: "Share of the steps at the start that LARGE makes, rounded up: the layout is made there. 0..1",
  tail: "Share of the steps at the end that LARGE makes, rounded down: details are made there. 0..1",
  longest_reuse: "Share of the steps that may go by in a row without a model, on the last velocity. 0 = every velocity " +
    "is computed. 0..0.5",
  longest_stretch: "Share of the steps that SMALL may go on for after a probe. 0 = SMALL never runs. 0..1",
  max_divergence: "Predicted velocity divergence (relative L2) from which on SMALL does not run, whatever the plan " +
    "says. 10 = no ceiling. One number, or a list of 16, one for each sigma bin from sigma 0 up. 0..10",
  hysteresis: "Factor on the threshold at leaving SMALL. More: fewer switches. 1 = leaves as soon as the plan would. 1..5",
  uncertainty: "Standard deviations between requests added to each predicted residual, fading as readings come in. " +
    "More: slower, surer. 0..4",
  coverage: "Share of the requests that a promise has to hold for. More: slower. 0.5..0.999",
  explore_every: "One request in so many has a probe however sure its plan is, so that changes of the pair are seen. " +
    "Requests, 1..1000000",
  guidance_reuse: "Whether LARGE may make its conditional pass alone, with the guidance difference of its last full " +
    "step. true or false",
  min_samples: "Requests that each sigma bin must hold before its readings are trusted. Requests, 1..1000000",
  min_support: "Finished runs, made again by LARGE alone, that must stand behind a promise before a new pair is " +
    "ADAPTIVE. Runs, 4..10000",
  memory: "Requests after which a reading counts half. Less: follows changes faster, noisier. Requests, 1..1000000",
  drift_evidence: "Evidence at which the pair counts as drifted. More: fewer false alarms, slower. Standard deviations, 2..100",
  learning_probes: "Share of a request's steps that are probes while its pair is learned; each costs a small forward. 0..1",
  learning_budget: "Share of the compute that samples and audits may take in idle time. More: a new pair is learned sooner. 0..1",
  audit_share: "Share of the finished videos that are made again by LARGE alone, in idle time, to audit their promise. 0..1",
  shadow: "Decide and record, but run LARGE. true or false",
};
