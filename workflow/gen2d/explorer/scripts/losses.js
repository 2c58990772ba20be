// The curves of losses below a picture, of all seeds that are shown.

import { frame } from "./arrays.js";
import { color } from "./colours.js";
import { FRAME, column, paintFrame, range, source } from "./figures.js";
import { short, study } from "./names.js";
import { state } from "./state.js";

export class Losses {
  constructor(element) {
    this.element = element;
    this.sources = {
      faint: source("xs", "ys"),
      train: source("x", "y"),
      holdout: source("x", "y"),
    };
  }

  /** Draws the empty figure. */
  async build() {
    const s = this.sources, xy = [column("x"), column("y")];
    const ranges = { x_axis_type: "log", x_range: range(), y_range: range() };
    this.figure = Bokeh.Plotting.figure({ ...FRAME, height: 130, ...ranges });
    const f = this.figure;
    this.glyphs = {
      faint: f.multi_line(column("xs"), column("ys"), { source: s.faint, line_alpha: 0.25 }),
      train: f.line(...xy, { source: s.train, line_width: 1, line_alpha: 0.7 }),
      holdout: f.line(...xy, { source: s.holdout, line_width: 2 }),
    };
    this.cursor = new Bokeh.Span({ location: 1, dimension: "height", line_width: 1.5 });
    f.add_layout(this.cursor);
    f.left[0].ticker.desired_num_ticks = 3;
    await Bokeh.Plotting.show(f, this.element);
  }

  resize() {
    const width = Math.floor(this.element.clientWidth);
    if (width > 0) this.figure.width = width;
  }

  paint() {
    paintFrame(this.figure);
    for (const name of ["faint", "holdout"])
      this.glyphs[name].glyph.line_color = color("samples");
    this.glyphs.train.glyph.line_color = color("soft");
    this.cursor.line_color = color("path");
  }

  /** Draws the curves of a cell, and hides all where it has none. */
  draw(cell) {
    const { loss_steps, loss_train, loss_holdout } = cell.found;
    this.element.hidden = !loss_train;
    if (!loss_train) return;
    const seed = study.seeds.indexOf(state.seed);
    const x = Array.from(frame({ ...loss_steps, shape: [1, ...loss_steps.shape] }, 0));
    const train = frame(loss_train, seed), holdout = frame(loss_holdout, seed);
    this.sources.train.data = { x, y: train };
    this.sources.holdout.data = { x, y: holdout };
    const all = study.seeds.map((_, k) => Array.from(frame(loss_holdout, k)));
    this.sources.faint.data = { xs: all.map(() => x), ys: all };
    const finite = [...train, ...holdout].filter(Number.isFinite).sort((a, b) => a - b);
    const at = (q, round) => finite[round(q * (finite.length - 1))] ?? 0;
    const [low, high] = [at(0.01, Math.floor), at(0.97, Math.ceil)];
    const margin = 0.15 * (high - low) || 1;
    Object.assign(this.figure.y_range, { start: low - margin, end: high + margin });
    Object.assign(this.figure.x_range, { start: 1, end: x.at(-1) * 1.1 });
    this.element.setAttribute(
      "aria-label",
      `Losses of ${cell.title()}: training (grey) and hold-out, seed ${state.seed};` +
        ` last hold-out ${short(holdout.at(-1))}`,
    );
  }

  /** Sets the cursor to the training step of a cell's snapshot, if it has any. */
  mark(cell) {
    const step = cell.steps[cell.snapshot()];
    if (step && step !== this.cursor.location) this.cursor.location = step;
  }
}
