// The two panels: what each shows of its cell, says of it, and reads under the pointer.

import { Losses } from "./losses.js";
import { $, FIELDS, SIDES, short, study } from "./names.js";
import { Picture } from "./picture.js";
import { state, view } from "./state.js";
import { fillTable } from "./table.js";

class Panel {
  constructor(side) {
    this.side = side;
    this.element = $(side);
    this.picture = new Picture(this.find(".plot"));
    this.losses = new Losses(this.find(".loss"));
  }

  find(selector) {
    return this.element.querySelector(selector);
  }

  async build() {
    await this.picture.build(pointAt);
    await this.losses.build();
    this.paint();
    const observer = new ResizeObserver(() => this.resize());
    for (const { element } of [this.picture, this.losses]) observer.observe(element);
    this.resize();
  }

  resize() {
    this.picture.resize();
    this.losses.resize();
  }

  paint() {
    this.picture.paint();
    this.losses.paint();
  }

  /** Draws what changes with the cell alone: the true points, losses and metrics. */
  drawCell() {
    this.picture.drawCell(this.cell);
    this.losses.draw(this.cell);
    this.find(".key").hidden = this.losses.element.hidden;
    fillTable(this.find("table"), this.cell);
  }

  /** Draws what moves; a field is its values, or a reason why there are none. */
  draw(field) {
    const isKnown = typeof field !== "string";
    this.values = isKnown ? field : null;
    this.why = isKnown ? "" : field;
    this.shown = this.cell.points();
    this.picture.draw(this.cell, this.values);
    this.losses.mark(this.cell);
    this.say();
  }

  /** Says what is shown, and why something is not. */
  say() {
    const { cell, shown } = this, count = shown.length / 2;
    let outside = 0;
    for (let i = 0; i < count; i++) outside += Number.isNaN(shown[2 * i] + shown[2 * i + 1]);
    const parts = [cell.where()];
    if (outside) parts.push(`${outside} of ${count} points are outside of the view or not finite`);
    if (state.field !== "none" && this.why) parts.push(`no ${FIELDS[state.field]}: ${this.why}`);
    if (state.field.includes("density") && this.values && !cell.hasEnded())
      parts.push("the density is that of the end");
    const ofScore = state.layers.includes("score") ? cell.aboutScore() : "";
    if (ofScore) parts.push(ofScore);
    this.said = parts.join("; ") + ".";
    this.find(".note").textContent = this.said;
    this.picture.element.setAttribute("aria-label", `${cell.title()}: ${this.said}`);
  }

  /** Reads what lies under the pointer; nothing where that is not in the square. */
  read(x, y) {
    const isInside = this.picture.point(x, y);
    this.find(".readout").textContent = isInside ? this.under(x, y) : "";
  }

  under(x, y) {
    const { cell, values } = this, [low, high] = view();
    /** The k numbers that a grid [n * n, k] has there. */
    const at = (grid, n, k = 1) => {
      const [i, j] = [x, y].map((c, d) => Math.floor(((c - low[d]) / (high[d] - low[d])) * n));
      return Array.from({ length: k }, (_, d) => grid[k * (j * n + i) + d]);
    };
    const parts = [`(${x.toFixed(2)}, ${y.toFixed(2)})`];
    const density = cell.logDensity(), score = cell.score();
    if (density) {
      const [value] = at(density.values, study.fine), isCut = value <= density.cut;
      parts.push(`log ${cell.isTruth ? "p" : "q"} ${isCut ? "<" : "="} ${short(value, 3)}`);
    }
    if (values && state.field.endsWith("error")) {
      const [error] = at(values, Math.sqrt(values.length));
      parts.push(`error ${error > 0 ? "+" : ""}${short(error, 3)}`);
    }
    if (values && state.field === "energy")
      parts.push(`E = ${short(at(values, study.fine)[0], 3)}`);
    if (score) {
      const numbers = at(score, study.coarse, 2).map((c) => short(c, 3));
      parts.push(`score (${numbers.join(", ")})`);
    }
    return parts.join(" · ");
  }
}

export const panels = SIDES.map((side) => new Panel(side));

let pointer = [NaN, NaN];

/** Reads the same place in both panels. */
function pointAt(...at) {
  pointer = at;
  readAgain();
}

/** Reads what is under the pointer by now. */
export function readAgain() {
  for (const panel of panels) panel.read(...pointer);
}
