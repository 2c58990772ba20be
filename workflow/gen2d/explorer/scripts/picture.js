// The picture of a panel: a field, points, their paths and arrows of scores, in a square.

import { color } from "./colours.js";
import { FRAME, column, paintFrame, range, source } from "./figures.js";
import { study } from "./names.js";
import { sides, state, view } from "./state.js";

const N_PATHS = 16;
const NOTHING = { x: [], y: [] };
const { ndarray } = Bokeh.require("core/util/ndarray");

export class Picture {
  constructor(element) {
    this.element = element;
    const points = () => source("x", "y"), arrows = () => source("x0", "y0", "x1", "y1", "angle");
    this.sources = {
      field: source("image", "x", "y", "dw", "dh"),
      true: points(),
      model: source("x", "y", "color"),
      paths: source("xs", "ys"),
      heads: points(),
      exact: arrows(),
      score: arrows(),
      own: points(),
      pointer: points(),
    };
  }

  /** Draws the empty figure, which tells the callback where the pointer is, NaN where it left. */
  async build(pointAt) {
    const s = this.sources, xy = [column("x"), column("y")];
    this.figure = Bokeh.Plotting.figure({ ...FRAME, x_range: range(), y_range: range() });
    const f = this.figure;
    const palette = ["#000", "#fff"]; // until a field is chosen
    this.colors = new Bokeh.LinearColorMapper({ palette, nan_color: "rgba(0,0,0,0)" });
    const placed = { x: column("x"), y: column("y"), dw: column("dw"), dh: column("dh") };
    f.image({ image: column("image"), ...placed, source: s.field, color_mapper: this.colors });
    const dots = { line_color: null };
    this.glyphs = {
      true: f.scatter(...xy, { source: s.true, size: 2.5, fill_alpha: 0.55, ...dots }),
      model: f.scatter(...xy, {
        source: s.model, size: 3.2, fill_color: column("color"), fill_alpha: 0.8, ...dots,
      }),
      paths: f.multi_line(column("xs"), column("ys"), {
        source: s.paths, line_width: 1.2, line_alpha: 0.8,
      }),
      heads: f.scatter(...xy, { source: s.heads, size: 7, line_width: 1 }),
    };
    for (const name of ["exact", "score"]) {
      const from = [column("x0"), column("y0")], to = [column("x1"), column("y1")];
      this.glyphs[name] = f.segment(...from, ...to, { source: s[name], line_width: 1.2 });
      const head = { marker: "triangle", size: 5, angle: column("angle"), ...dots };
      this.glyphs[`${name}_heads`] = f.scatter(...to, { source: s[name], ...head });
    }
    const diamond = { marker: "diamond", size: 13, line_width: 1 };
    this.glyphs.own = f.scatter(...xy, { source: s.own, ...diamond });
    const cross = { marker: "cross", size: 14, line_width: 1.5 };
    this.glyphs.pointer = f.scatter(...xy, { source: s.pointer, ...cross });
    f.on_event("mousemove", (event) => pointAt(event.x, event.y));
    f.on_event("mouseleave", () => pointAt(NaN, NaN));
    this.view = await Bokeh.Plotting.show(f, this.element);
  }

  resize() {
    const width = Math.floor(this.element.clientWidth);
    if (width > 0) Object.assign(this.figure, { width, height: width - 12 }); // the frame is square
  }

  paint() {
    paintFrame(this.figure);
    const fill = (name, c) => (this.glyphs[name].glyph.fill_color = color(c));
    const line = (name, c) => (this.glyphs[name].glyph.line_color = color(c));
    fill("true", "true");
    fill("heads", "path");
    fill("own", "own");
    line("own", "page");
    line("heads", "page");
    line("paths", "path");
    for (const [name, c] of [["score", "arrow"], ["exact", "exact"]]) {
      line(name, c);
      fill(`${name}_heads`, c);
    }
    line("pointer", "ink");
  }

  /** Draws what changes with the cell alone: the limits and the true points. */
  drawCell(cell) {
    const [low, high] = view();
    Object.assign(this.figure.x_range, { start: low[0], end: high[0] });
    Object.assign(this.figure.y_range, { start: low[1], end: high[1] });
    this.put("true", state.layers.includes("true") ? columns(cell.truePoints()) : NOTHING);
  }

  /** Draws what moves: the values of a field or null, and of a cell what is among the layers. */
  draw(cell, values) {
    const on = (name) => state.layers.includes(name);
    this.drawField(values);
    const points = cell.points(), way = on("paths") ? cell.way() : [];
    const shown = columns(points, on("model") ? points.length / 2 : 0);
    this.put("model", { ...shown, color: Array.from(shown.x, colorOf(cell.labels())) });
    this.put("paths", trails(way));
    this.put("heads", way.length ? columns(points, N_PATHS) : NOTHING);
    this.put("score", arrows(on("score") && !cell.isTruth ? cell.score() : null));
    this.put("exact", arrows(on("score") && cell.isTruth ? cell.exactScore() : null));
  }

  drawField(values) {
    this.element.dataset.field = values ? state.field : "none";
    if (values !== this.drawn) this.put("field", image(values));
    this.drawn = values;
  }

  /** Draws the reader's own points, each a pair. */
  drawOwn(points) {
    this.put("own", columns(points.flat()));
  }

  /** Where in the square a pointer's event is; null outside of it. */
  place({ clientX, clientY }) {
    const { left, top } = this.view.el.getBoundingClientRect();
    const { bbox, x_scale, y_scale } = this.view.frame;
    const [x, y] = [clientX - left, clientY - top];
    return bbox.contains(x, y) ? [x_scale.invert(x), y_scale.invert(y)] : null;
  }

  /** Marks the point under the pointer if it is in the square, and says whether it is. */
  point(x, y) {
    const [low, high] = view();
    const isInside = x > low[0] && x < high[0] && y > low[1] && y < high[1];
    this.put("pointer", isInside ? { x: [x], y: [y] } : NOTHING);
    return isInside;
  }

  /** Replaces what a source holds, unless it held and holds nothing. */
  put(name, data) {
    const source = this.sources[name], count = (columns) => Object.values(columns)[0].length;
    if (count(data) || count(source.data)) source.data = data;
  }
}

// --- what the sources hold: columns of numbers ---------------------------------------------------

function columns(xy, n = xy.length / 2) {
  return {
    x: Float64Array.from({ length: n }, (_, i) => xy[2 * i]),
    y: Float64Array.from({ length: n }, (_, i) => xy[2 * i + 1]),
  };
}

/** What gives the i-th point its colour: that of its label, or that of samples. */
function colorOf(labels) {
  const plain = color("samples"), colors = color("labels").split(" ");
  return (_, i) => (labels ? colors[labels[i]] : plain);
}

/** The values [n * n] of a field over the view. */
function image(values) {
  if (!values) return { image: [], x: [], y: [], dw: [], dh: [] };
  const [low, high] = view(), [dw, dh] = sides(), n = Math.round(Math.sqrt(values.length));
  const pixels = ndarray(Float32Array.from(values), { shape: [n, n], dtype: "float32" });
  return { image: [pixels], x: [low[0]], y: [low[1]], dw: [dw], dh: [dh] };
}

/** The paths of the first points through frames. */
function trails(frames) {
  const paths = Array.from({ length: frames.length ? N_PATHS : 0 }, (_, p) => p);
  return {
    xs: paths.map((p) => frames.map((xy) => xy[2 * p])),
    ys: paths.map((p) => frames.map((xy) => xy[2 * p + 1])),
  };
}

/** A score [n * n, 2] as arrows, of which long ones are cut to one length. */
function arrows(score) {
  const found = { x0: [], y0: [], x1: [], y1: [], angle: [] };
  if (!score) return found;
  const [low] = view(), [dw, dh] = sides(), n = study.coarse;
  // In sides of the view, as large as they look where the axes have unlike units.
  const [us, vs] = [dw, dh].map((side, k) =>
    Float64Array.from({ length: n * n }, (_, i) => score[2 * i + k] * side),
  );
  const all = us.map((u, i) => Math.hypot(u, vs[i]));
  const lengths = all.filter(Number.isFinite).sort();
  const unit = lengths[Math.floor(0.6 * lengths.length)] || 1;
  for (let i = 0; i < n * n; i++) {
    const [u, v, length] = [us[i], vs[i], all[i]];
    if (!(length > 0)) continue;
    const scale = (0.85 * Math.min(1, length / unit)) / n / length / 2;
    const x = low[0] + (((i % n) + 0.5) * dw) / n;
    const y = low[1] + ((Math.floor(i / n) + 0.5) * dh) / n;
    found.x0.push(x - u * scale * dw);
    found.y0.push(y - v * scale * dh);
    found.x1.push(x + u * scale * dw);
    found.y1.push(y + v * scale * dh);
    found.angle.push(Math.atan2(v, u) - Math.PI / 2);
  }
  return found;
}
