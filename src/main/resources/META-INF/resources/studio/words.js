/** The page's longer texts, in one place. */

export const SOURCES = {
  L: ["L", "the large model"],
  P: ["P", "probe: both ran, the large one advanced"],
  S: ["S", "the small model"],
  R: ["R", "neither: the last velocity was reused"],
  G: ["G", "the large model, its guidance difference reused"],
};

export const STATES = {
  COLD: "Not calibrated: the large model runs, with probes, and each video teaches.",
  LEARNING: "Learning: too little is measured for a promise yet.",
  ADAPTIVE: "Calibrated: the controller decides step by step.",
  DRIFTED: "The models no longer behave as measured: they are measured again.",
};

/** What is known of a pair's prompts. A pair that is not listed takes any text. */
export const PROMPTS = {
  glyphs: {
    examples: ["a red seven moves left fast", "a cyan three moves up slowly", "a green zero moves down fast"],
    groups: [
      ["red", "green", "blue", "yellow", "magenta", "cyan"],
      ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"],
      ["left", "right", "up", "down"],
      ["slowly", "fast"],
    ],
    others: ["a", "moves", "and"],
  },
};
