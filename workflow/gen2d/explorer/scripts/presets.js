// Views worth opening: links to addresses of this page, and what to look at in the one shown.

import { $, study } from "./names.js";
import { state } from "./state.js";

const presets = study.presets.map(({ title, look, address }) => {
  const link = document.createElement("a");
  Object.assign(link, { href: `#${address}`, textContent: title });
  return { link, look, named: new URLSearchParams(address) };
});
$("presets").append(...presets.map(({ link }) => link));
$("presets").hidden = !presets.length;

/** Marks the preset that is shown, wherever its scrubbers are, and says what to look at. */
export function markPreset() {
  const isShown = ({ named }) =>
    ["data", "left", "right"].every((key) => named.get(key) === state[key]);
  const exact = presets.find(({ link }) => link.hash === location.hash);
  const shown = exact ?? presets.find(isShown);
  for (const preset of presets)
    preset.link.setAttribute("aria-current", String(preset === shown));
  $("look").textContent = shown?.look ?? "";
}
