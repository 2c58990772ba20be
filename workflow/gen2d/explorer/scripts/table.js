// The table of metrics below a panel: the seed's value, the mean over seeds, and the truth's band.

import { readable, short, study } from "./names.js";
import { state } from "./state.js";

/** Fills the table with the metrics of a cell, and hides it where none was measured. */
export function fillTable(table, cell) {
  const { measured } = cell, name = cell.title(), level = `[${short(100 * study.level)} %]`;
  table.hidden = !measured;
  if (!measured) return;
  table.caption.textContent = measured.verdict ? `${name}: ${measured.verdict}` : name;
  const columns = ["", `seed ${state.seed}`, `mean of ${study.n_seeds} ${level}`, `truth ${level}`];
  table.tHead.replaceChildren(row(columns.map((text) => heading(text, "col"))));
  table.tBodies[0].replaceChildren(...measured.metrics.map(metricRow));
}

function metricRow({ metric, seeds, mean, low, high, band }) {
  const own = seeds[study.seeds.indexOf(state.seed)];
  const tr = row([
    heading(study.metrics[metric] ?? readable(metric), "row"),
    ...[
      own?.value === null || own?.value === undefined ? own?.note || "–" : short(own.value),
      `${short(mean, 3)} ${interval(low, high)}`,
      band ? interval(...band) : "–",
    ].map(datum),
  ]);
  tr.dataset.metric = metric;
  return tr;
}

const interval = (low, high) => (low === null ? "" : `[${short(low, 3)}, ${short(high, 3)}]`);

function row(cells) {
  const tr = document.createElement("tr");
  tr.append(...cells);
  return tr;
}

function heading(text, scope) {
  return Object.assign(document.createElement("th"), { scope, textContent: text });
}

function datum(text) {
  return Object.assign(document.createElement("td"), { textContent: text });
}
