/** All videos that the service keeps for the caller, page by page. */

import { at, make, number } from "./dom.js";
import * as api from "./api.js";

const PAGE = 24;
let last = null;
let chosen = () => {};
let addresses = [];
let turn = 0;

const pictures = new IntersectionObserver((entries) => {
  for (const entry of entries.filter((one) => one.isIntersecting)) {
    pictures.unobserve(entry.target);
    api.content(entry.target.dataset.id, "thumbnail").then((address) => {
      addresses.push(address);
      entry.target.src = address;
    }, () => {});
  }
});

function card(video) {
  const picture = make("img", { alt: "", width: 96, height: 96 });
  const button = make("button", { type: "button", className: "card" }, picture,
    make("span", { className: "card-prompt", textContent: video.prompt }),
    make("span", { className: "hint", textContent: facts(video) }));
  if (video.status === "completed") {
    picture.dataset.id = video.id;
    pictures.observe(picture);
  }
  button.addEventListener("click", () => chosen(video));
  return make("li", { id: "card-" + video.id }, button);
}

function facts(video) {
  if (video.status !== "completed") {
    return video.status === "failed" ? video.error?.code.replaceAll("_", " ") ?? "failed" : video.status.replace("_", " ");
  }
  const speedup = video.flowblend.speedup;
  return new Date(video.created_at * 1000).toLocaleTimeString() +
    (Number.isFinite(speedup) ? ", " + number(speedup, 1) + " × faster" : "");
}

/** Shows the newest videos. `open` is told of the one that is chosen. */
export async function load(open = chosen) {
  chosen = open;
  const mine = ++turn;
  const page = await api.videos(PAGE);
  if (mine !== turn) {
    return;
  }
  addresses.forEach((address) => URL.revokeObjectURL(address));
  addresses = [];
  at("gallery").replaceChildren(...page.data.map(card));
  at("empty").hidden = page.data.length > 0;
  go(page);
}

export async function more() {
  const page = await api.videos(PAGE, last);
  at("gallery").append(...page.data.map(card));
  go(page);
}

function go(page) {
  last = page.last_id;
  at("more-videos").hidden = !page.has_more;
}
