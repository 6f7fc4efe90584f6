/** A schedule as cells: one a step, with its letter and colour. */

import { make } from "./dom.js";
import { SOURCES, WORDS } from "./words.js";

export const cell = (letter, title = "") => make("span", { className: "cell " + letter, textContent: letter, title });

/** `count` cells, those without a letter still ahead. */
export function cells(schedule, count = schedule.length) {
  return Array.from({ length: count }, (_, index) => (index < schedule.length
    ? cell(schedule[index], WORDS.cell(index, schedule[index]))
    : make("span", { className: "cell ahead" })));
}

/** What the letters mean, for those that are used. */
export function legend(letters) {
  return Object.entries(SOURCES).filter(([letter]) => letters.includes(letter))
    .map(([letter, words]) => make("li", {}, cell(letter), " " + words));
}
