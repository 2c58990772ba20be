// The table of metrics below a panel: the seed's value, the mean over seeds, and the truth's band.

import { short, study } from "./names.js";
import { state } from "./state.js";

/** Fills the table with the metrics of a cell, and hides it where none was measured. */
export function fillTable(table, cell) {
  const { measured } = cell, name = cell.title(), level = `[${short(100 * study.confidence)} %]`;
  table.hidden = !measured;
  if (!measured) return;
  table.caption.textContent = measured.verdict ? `${name}: ${measured.verdict}` : name;
  const mean = `mean of ${study.n_seeds} ${level}`;
  const columns = ["press one to explain it", `seed ${state.seed}`, mean, `truth ${level}`];
  table.tHead.replaceChildren(row(columns.map((text) => heading(text, "col"))));
  const side = table.closest(".panel").id;
  table.tBodies[0].replaceChildren(...measured.metrics.flatMap((m) => metricRows(m, side)));
}

const explained = new Set(); // metrics whose lines are open, in both panels

/** The row of a metric, and below it the line that its heading opens. */
function metricRows({ metric, seeds, mean, low, high, band }, side) {
  const about = study.metrics[metric], id = `${side}-${metric}`;
  const opener = Object.assign(document.createElement("button"), {
    type: "button", textContent: about.heading, title: about.line, onclick: () => explain(metric),
  });
  opener.setAttribute("aria-controls", id);
  const line = row([Object.assign(datum(about.line), { colSpan: 4 })]);
  Object.assign(line, { id, className: "line" });
  const own = seeds[study.seeds.indexOf(state.seed)];
  const tr = row([
    heading(opener, "row"),
    ...[
      own?.value === null || own?.value === undefined ? own?.note || "–" : short(own.value),
      `${short(mean, 3)} ${interval(low, high)}`,
      band ? interval(...band) : "–",
    ].map(datum),
  ]);
  tr.dataset.metric = metric;
  openOrClose(opener, line, metric);
  return [tr, line];
}

/** Opens or closes the lines of a metric. */
function explain(metric) {
  if (!explained.delete(metric)) explained.add(metric);
  for (const tr of document.querySelectorAll(`tr[data-metric="${metric}"]`))
    openOrClose(tr.querySelector("button"), tr.nextElementSibling, metric);
}

function openOrClose(opener, line, metric) {
  line.hidden = !explained.has(metric);
  opener.setAttribute("aria-expanded", String(!line.hidden));
}

const interval = (low, high) => (low === null ? "" : `[${short(low, 3)}, ${short(high, 3)}]`);

function row(cells) {
  const tr = document.createElement("tr");
  tr.append(...cells);
  return tr;
}

function heading(content, scope) {
  const th = Object.assign(document.createElement("th"), { scope });
  th.append(content);
  return th;
}

function datum(text) {
  return Object.assign(document.createElement("td"), { textContent: text });
}
