// Draws what is chosen: everything after a choice, and what moves after a step of a scrubber.

import { loadCell } from "./cell.js";
import { fieldRamps } from "./colours.js";
import { $, FIELDS, LAYERS, SIDES, readable, short, study } from "./names.js";
import { drawOwn } from "./own.js";
import { panels, readAgain } from "./panels.js";
import { markPreset } from "./presets.js";
import { most, state, writeAddress } from "./state.js";

const scrubber = (name) => ({
  slider: $(`${name}-at`),
  output: $(name).querySelector("output"),
  button: (kind) => $(name).querySelector(`.${kind}`),
});
export const scrubbers = { training: scrubber("training"), sampling: scrubber("sampling") };

let latest = 0; // of the turns of drawing everything
let waiting; // until the words below the panels are renewed

/** Draws everything; of choices that are made while arrays are unpacked the last is drawn. */
export async function draw() {
  const turn = ++latest;
  const cells = await Promise.all(SIDES.map((side) => loadCell(state[side])));
  if (turn !== latest) return;
  panels.forEach((panel, i) => (panel.cell = cells[i]));
  [cells[0].other, cells[1].other] = [cells[1], cells[0]];
  most.training = Math.max(0, ...cells.map((cell) => cell.steps.length - 1));
  most.sampling = Math.max(...cells.map((cell) => cell.times.length));
  if (most[state.moving] === 0)
    state.moving = state.moving === "training" ? "sampling" : "training";
  for (const panel of panels) panel.drawCell();
  drawOwn();
  for (const name of ["data", "seed", "field"]) $(name).value = state[name];
  for (const name of LAYERS) $(name).checked = state.layers.includes(name);
  for (const side of SIDES) $(side).querySelector("select").value = state[side];
  drawFrame();
}

/** Draws what moves with the scrubbers. */
export function drawFrame() {
  const fields = panels.map(({ cell }) => (state.field === "none" ? "" : cell.field(state.field)));
  const legend = setLegend(fields);
  panels.forEach((panel, i) => panel.draw(fields[i]));
  for (const name of Object.keys(scrubbers)) setScrubber(name);
  readAgain();
  writeAddress();
  markPreset();
  clearTimeout(waiting);
  waiting = setTimeout(() => ($("summary").textContent = summary(legend)), 300);
}

/** Gives both panels the limits and colours of a field, and returns the words of the legend. */
function setLegend(fields) {
  $("legend").hidden = state.field === "none";
  if (state.field === "none") return "";
  const known = fields.filter((f) => typeof f !== "string").flatMap((f) => Array.from(f));
  const values = known.filter(Number.isFinite).sort((a, b) => a - b);
  const top = values.at(-1) ?? 1;
  const quantile = (q) => values[Math.floor(q * (values.length - 1))] ?? 1;
  const [low, high, ramp, unit] = {
    density: [0, quantile(0.995), "plain", "per unit of area"],
    log_density: [top - study.depth, top, "plain", "nats"],
    density_error: [-3, 3, "signed", "nats"],
    energy: [0, study.depth, "reversed", "nats"],
    score_error: [0, quantile(0.9) || 1, "error", "per unit of length"],
  }[state.field];
  const palette = fieldRamps()[ramp];
  for (const { colors } of panels.map((panel) => panel.picture)) {
    if (colors.palette !== palette) colors.palette = palette;
    Object.assign(colors, { low, high });
  }
  const [from, bar, to] = $("legend").children;
  const stops = palette.filter((_, i) => i % 15 === 0);
  bar.style.background = `linear-gradient(to right, ${stops})`;
  from.textContent = short(low, 2);
  to.textContent = `${short(high, 2)} ${unit}`;
  return `Field: ${FIELDS[state.field]}, ${short(low, 2)} to ${short(high, 2)} ${unit}.`;
}

function setScrubber(name) {
  const { slider, output, button } = scrubbers[name], end = most[name];
  slider.max = end;
  slider.value = state.moving === name ? Math.min(state.at, end) : end;
  slider.disabled = end === 0;
  for (const kind of ["back", "on", "play"]) button(kind).disabled = end === 0;
  const said = position(name, Number(slider.value));
  output.textContent = said;
  slider.setAttribute("aria-valuetext", said);
}

/** Where a scrubber is, in words. */
function position(name, at) {
  if (most[name] === 0) return "nothing to scrub here";
  if (name === "training") return `snapshot ${at + 1} of ${most.training + 1}`;
  return at === most.sampling ? "samples" : `time ${at + 1} of ${most.sampling}`;
}

/** What both panels show, in words. */
function summary(legend) {
  const [left, right] = panels.map(({ cell, said }) => `${cell.title()}: ${said}`);
  return `${readable(state.data)}, seed ${state.seed}. ${legend} Left, ${left} Right, ${right}`;
}
