// What the page is made of: its elements, the study, and how names and numbers are written.

export const $ = (id) => document.getElementById(id);
export const study = JSON.parse($("content").textContent);

export const SIDES = ["left", "right"];
export const FIELDS = {
  none: "none",
  density: "density",
  log_density: "log-density",
  density_error: "error of the log-density",
  energy: "energy above its least",
  score_error: "error of the score",
};
export const LAYERS = ["true", "model", "score", "paths"];

export const readable = (name) => name.replaceAll("_", " ");

/** A number in few digits, as "0.0123" or "1.23e-4"; a dash where there is none. */
export const short = (x, digits = 4) => {
  if (x === null || Number.isNaN(x)) return "–";
  const small = x !== 0 && Math.abs(x) < 1e-3;
  const text = small ? x.toExponential(digits - 2) : String(Number(x.toPrecision(digits)));
  return text.replaceAll("-", "−"); // where no line breaks
};
