// What the reader does: choices, scrubbers, keys, the address, and the scheme of colours.

import { forgetColours } from "./colours.js";
import { draw, drawFrame, scrubbers } from "./drawing.js";
import { $, FIELDS, LAYERS, SIDES, readable, study } from "./names.js";
import { panels } from "./panels.js";
import { datasets, models, most, readAddress, state } from "./state.js";

// --- choices -------------------------------------------------------------------------------------

function choose(key, value) {
  state[key] = value;
  return draw();
}

function next(key, known) {
  return choose(key, known[(known.indexOf(state[key]) + 1) % known.length]);
}

/** Fills a list with values and their texts; a choice is read as the type of the values. */
function list(select, key, options, read = String) {
  select.append(
    ...options.map(([value, text]) =>
      Object.assign(document.createElement("option"), { value, text }),
    ),
  );
  select.onchange = () => choose(key, read(select.value));
}

const fields = Object.keys(FIELDS), modelNames = models.map((m) => m.name);
list($("data"), "data", datasets.map((name) => [name, readable(name)]));
list($("seed"), "seed", study.seeds.map((seed) => [seed, String(seed)]), Number);
list($("field"), "field", Object.entries(FIELDS));
for (const side of SIDES) {
  list($(side).querySelector("select"), side, models.map((m) => [m.name, m.title]));
}
for (const name of LAYERS)
  $(name).onchange = () => choose("layers", LAYERS.filter((layer) => $(layer).checked));

// --- scrubbers -----------------------------------------------------------------------------------

export const FRAME_MS = 120; // of what plays
let playing = null;

/** Plays a scrubber on to its end, from the start if it is there; stops what plays, if anything. */
export function play(name) {
  clearInterval(playing?.timer);
  const stopped = playing?.name === name;
  playing = null;
  if (name && !stopped && most[name]) {
    if (state.moving !== name || state.at >= most[name]) move(name, 0);
    const on = () => (state.at < most[name] ? move(name, state.at + 1) : play(null));
    playing = { name, timer: setInterval(on, FRAME_MS) };
  }
  for (const [each, { button }] of Object.entries(scrubbers)) {
    button("play").setAttribute("aria-pressed", String(playing?.name === each));
    button("play").textContent = playing?.name === each ? "Pause" : "Play";
  }
}

/** Moves a scrubber, within its ends, and draws what is there. */
export function move(name, to) {
  state.moving = name;
  state.at = Math.max(0, Math.min(to, most[name]));
  drawFrame();
}

function step(name, by) {
  play(null);
  move(name, (state.moving === name ? Math.min(state.at, most[name]) : most[name]) + by);
}

for (const [name, { slider, button }] of Object.entries(scrubbers)) {
  slider.oninput = () => {
    play(null);
    move(name, Number(slider.value));
  };
  button("back").onclick = () => step(name, -1);
  button("on").onclick = () => step(name, 1);
  button("play").onclick = () => play(name);
}

// --- keys, the address, the scheme ---------------------------------------------------------------

const KEYS = {
  ArrowLeft: () => step(state.moving, -1),
  ArrowRight: () => step(state.moving, 1),
  t: () => move("training", most.training),
  s: () => move("sampling", 0),
  d: () => next("data", datasets),
  l: () => next("left", modelNames),
  r: () => next("right", modelNames),
  f: () => next("field", fields),
  " ": () => play(state.moving),
};

document.addEventListener("keydown", (event) => {
  const { key, target } = event;
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (/^(SELECT|INPUT)$/.test(target.tagName)) return;
  if (key === " " && /^(BUTTON|SUMMARY)$/.test(target.tagName)) return; // they are pressed with it
  if (!KEYS[key] || $("controls").inert) return;
  event.preventDefault();
  KEYS[key]();
});

window.addEventListener("hashchange", () => {
  readAddress();
  draw();
});

matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
  forgetColours();
  for (const panel of panels) panel.paint();
  drawFrame();
});
