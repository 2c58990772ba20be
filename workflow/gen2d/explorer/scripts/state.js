// What is chosen and scrubbed to, and the address of the page, which keeps it.

import { FIELDS, LAYERS, SIDES, study } from "./names.js";

export const datasets = Object.keys(study.datasets);
const TRUTH = {
  name: "", title: "the truth", method: "truth", trained: false,
  why_no_density: "it is the true one",
};
export const models = study.models.some((m) => m.method === "truth")
  ? study.models
  : [...study.models, TRUTH];
export const named = (name) => models.find((m) => m.name === name);

export const state = {
  data: datasets[0],
  seed: study.seeds[0],
  left: models[0].name,
  right: models.find((m) => m.method === "truth").name,
  field: "none",
  layers: ["true", "model", "paths"],
  moving: "training", // the scrubber that was moved last; the other one is at its end
  at: Infinity,
};

/** Where the scrubbers end. */
export const most = { training: 0, sampling: 0 };

/** The lower left and the upper right corner of what the panels show, each a square of pixels. */
export const view = () => study.datasets[state.data].view;

/** Its width and height, which differ where the axes have unlike units. */
export const sides = () => view()[1].map((end, k) => end - view()[0][k]);

/** What the first address names; if that is nothing, what the first preset shows. */
export function readFirstAddress() {
  const given = new URLSearchParams(location.hash.slice(1));
  const isKnown = Object.keys(state).some((key) => given.has(key));
  read(isKnown || !study.presets.length ? given : new URLSearchParams(study.presets[0].address));
}

export function readAddress() {
  read(new URLSearchParams(location.hash.slice(1)));
}

/** Takes over what is named; unknown keys and values are ignored. */
function read(given) {
  const take = (key, known) => known.includes(given.get(key)) && (state[key] = given.get(key));
  take("data", datasets);
  for (const side of SIDES) take(side, models.map((m) => m.name));
  take("field", Object.keys(FIELDS));
  take("moving", ["training", "sampling"]);
  const seed = Number(given.get("seed"));
  if (given.has("seed") && study.seeds.includes(seed)) state.seed = seed;
  const layers = given.get("layers")?.split(",");
  if (layers) state.layers = LAYERS.filter((name) => layers.includes(name));
  const at = given.get("at");
  if (given.has("at")) state.at = /^\d+$/.test(at) ? Number(at) : Infinity;
}

export function writeAddress() {
  const { layers, at, ...rest } = state;
  const words = { layers: layers.join(","), at: at === Infinity ? "end" : at };
  const hash = new URLSearchParams({ ...rest, ...words });
  if (`#${hash}` !== location.hash) history.replaceState(null, "", `#${hash}`);
}
