"use strict";
(async () => {
  const $ = (id) => document.getElementById(id);
  const study = JSON.parse($("content").textContent);
  const SIDES = ["left", "right"];
  const FIELDS = {
    none: "none",
    density: "density",
    log_density: "log-density",
    density_error: "error of the log-density",
    energy: "energy above its least",
    score_error: "error of the score",
  };
  const METRICS = {
    energy_distance: "energy distance",
    mmd2_small: "MMD², smallest bandwidth",
    mmd2_ladder: "MMD², all bandwidths",
    sliced_wasserstein2: "sliced Wasserstein W₂²",
    total_variation: "total variation over cells",
    off_support: "share off the support",
    kde_log_likelihood: "KDE log-likelihood, nats",
    kl: "KL(p‖q), nats",
    density_tv: "total variation of densities",
    nll: "negative log-likelihood, nats",
    generalisation_gap: "generalisation gap, nats",
  };
  const LAYERS = ["true", "model", "score", "paths"];
  const N_PATHS = 16;
  const readable = (name) => name.replaceAll("_", " ");
  /** A number in few digits, as "0.0123" or "1.23e-4"; a dash where there is none. */
  const short = (x, digits = 4) => {
    if (x === null || Number.isNaN(x)) return "–";
    const small = x !== 0 && Math.abs(x) < 1e-3;
    const text = small ? x.toExponential(digits - 2) : String(Number(x.toPrecision(digits)));
    return text.replaceAll("-", "−"); // where no line breaks
  };
  const option = (value, text) => Object.assign(document.createElement("option"), { value, text });
  const signed = (x) => (x > 0 ? "+" : "") + short(x, 3);

  // --- the arrays of a cell, unpacked when first looked at ---------------------------------------

  const unpacked = new Map();

  async function inflate(text) {
    const packed = Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
    const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate"));
    return new Uint8Array(await new Response(stream).arrayBuffer());
  }

  async function unpack(packed) {
    const bytes = await inflate(packed.data);
    const arrays = {};
    let start = 0;
    for (const entry of packed.arrays) {
      const count = entry.shape.reduce((product, n) => product * n, 1);
      const size = entry.levels === 0 ? 4 : entry.levels < 256 ? 1 : 2;
      const codes = new Uint8Array(size * count);
      for (let plane = 0; plane < size; plane++)
        for (let i = 0; i < count; i++) codes[size * i + plane] = bytes[start + plane * count + i];
      start += size * count;
      const Codes = { 1: Uint8Array, 2: Uint16Array, 4: Float32Array }[size];
      arrays[entry.name] = { ...entry, codes: new Codes(codes.buffer) };
    }
    return arrays;
  }

  function arrays(key, packed) {
    if (!unpacked.has(key)) unpacked.set(key, unpack(packed));
    return unpacked.get(key);
  }

  /** Frame i of an array [F, ...] as numbers; NaN where nothing is known or it is out of view. */
  function frame(array, i) {
    array.frames ??= [];
    return (array.frames[i] ??= decoded(array, i));
  }

  function decoded(array, i) {
    const size = array.shape.slice(1).reduce((product, n) => product * n, 1);
    const codes = array.codes.subarray(i * size, (i + 1) * size);
    if (array.levels === 0) return Float64Array.from(codes);
    return Float64Array.from(codes, (code, j) => {
      const k = array.by_frame ? i : j % array.low.length;
      if (code === array.levels) return NaN;
      return array.low[k] + (code / (array.levels - 1)) * (array.high[k] - array.low[k]);
    });
  }

  /** The value that a log-density was cut at, if it was. */
  const floor = ({ low, high }) => (high[0] - low[0] > 0.999 * study.depth ? low[0] : -Infinity);

  // --- what is chosen, in the address of the page ------------------------------------------------

  const datasets = Object.keys(study.datasets);
  const models = study.models.some((m) => m.method === "truth")
    ? study.models
    : [...study.models, { name: "", method: "truth", trained: false, no_density: "it is the true one" }];
  const named = (name) => models.find((m) => m.name === name);
  const truth = models.find((m) => m.method === "truth");
  const state = {
    data: datasets[0],
    seed: study.seeds[0],
    left: models[0].name,
    right: truth.name,
    field: "none",
    layers: ["true", "model", "paths"],
    moving: "training", // the scrubber that was moved last; the other one is at its end
    at: Infinity,
  };

  function readAddress() {
    const given = new URLSearchParams(location.hash.slice(1));
    const take = (key, known) => known.includes(given.get(key)) && (state[key] = given.get(key));
    take("data", datasets);
    for (const side of SIDES) take(side, models.map((m) => m.name));
    take("field", Object.keys(FIELDS));
    take("moving", ["training", "sampling"]);
    if (study.seeds.includes(Number(given.get("seed"))) && given.has("seed")) state.seed = Number(given.get("seed"));
    if (given.has("layers")) state.layers = LAYERS.filter((name) => given.get("layers").split(",").includes(name));
    if (given.has("at")) state.at = /^\d+$/.test(given.get("at")) ? Number(given.get("at")) : Infinity;
  }

  function writeAddress() {
    const { layers, at, ...rest } = state;
    const hash = new URLSearchParams({ ...rest, layers: layers.join(","), at: at === Infinity ? "end" : at });
    if (`#${hash}` !== location.hash) history.replaceState(null, "", `#${hash}`);
  }

  // --- the panels --------------------------------------------------------------------------------

  const B = Bokeh;
  let palette = {}; // the colours of the style sheet, by name
  const color = (name) => (palette[name] ??= getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim());
  const rgb = (hex) => [1, 3, 5].map((i) => parseInt(hex.length === 4 ? hex[(i + 1) / 2].repeat(2) : hex.slice(i, i + 2), 16));
  const mix = (one, other, t) =>
    "#" + rgb(one).map((c, i) => Math.round(c + t * (rgb(other)[i] - c)).toString(16).padStart(2, "0")).join("");
  const ramp = (...stops) =>
    Array.from({ length: 256 }, (_, i) => {
      const t = (i / 255) * (stops.length - 1), k = Math.min(Math.floor(t), stops.length - 2);
      return mix(stops[k], stops[k + 1], t - k);
    });
  const ramps = () => {
    const plain = ramp(color("plot"), color("field"));
    return { plain, reversed: [...plain].reverse(), signed: ramp(color("below"), color("plot"), color("above")), error: ramp(color("plot"), color("above")) };
  };
  const source = (columns) => new B.ColumnDataSource({ data: Object.fromEntries(columns.map((c) => [c, []])) });
  const { ndarray } = Bokeh.require("core/util/ndarray");

  function style(figure) {
    figure.background_fill_color = color("plot");
    figure.border_fill_color = color("page");
    figure.outline_line_color = color("line");
    for (const axis of [...figure.below, ...figure.left])
      Object.assign(axis, {
        axis_line_color: color("line"), major_tick_line_color: color("line"), minor_tick_line_color: null,
        major_label_text_color: color("soft"), axis_label_text_color: color("soft"),
      });
    for (const grid of figure.center.filter((part) => part.type === "Grid")) grid.grid_line_color = null;
  }

  const none = { x: [], y: [] };
  const columns = (xy, n = xy.length / 2) => ({
    x: Float64Array.from({ length: n }, (_, i) => xy[2 * i]),
    y: Float64Array.from({ length: n }, (_, i) => xy[2 * i + 1]),
  });

  class Panel {
    constructor(side) {
      this.side = side;
      this.element = $(side);
      this.plot = this.element.querySelector(".plot");
      this.curve = this.element.querySelector(".loss");
      this.sources = {
        field: source(["image", "x", "y", "side"]),
        true: source(["x", "y"]),
        model: source(["x", "y"]),
        paths: source(["xs", "ys"]),
        heads: source(["x", "y"]),
        score: source(["x0", "y0", "x1", "y1", "angle"]),
        exact: source(["x0", "y0", "x1", "y1", "angle"]),
        pointer: source(["x", "y"]),
        faint: source(["xs", "ys"]),
        train: source(["x", "y"]),
        holdout: source(["x", "y"]),
      };
    }

    async build() {
      const at = (name) => ({ field: name });
      const borders = { min_border_left: 36, min_border_right: 8, min_border_top: 8, min_border_bottom: 24 };
      const common = { toolbar_location: null, tools: [], width: 300, height: 300 };
      const s = this.sources;
      const range = () => new B.Range1d({ start: 0, end: 1 });
      const colors = (this.colors = new B.LinearColorMapper({ palette: ["#000", "#fff"], nan_color: "rgba(0,0,0,0)" }));
      const f = (this.figure = B.Plotting.figure({ ...common, ...borders, x_range: range(), y_range: range() }));
      f.image({ image: at("image"), x: at("x"), y: at("y"), dw: at("side"), dh: at("side"), source: s.field, color_mapper: colors });
      this.glyphs = {
        true: f.scatter(at("x"), at("y"), { source: s.true, size: 2.5, line_color: null, fill_alpha: 0.55 }),
        model: f.scatter(at("x"), at("y"), { source: s.model, size: 3.2, line_color: null, fill_alpha: 0.8 }),
        paths: f.multi_line(at("xs"), at("ys"), { source: s.paths, line_width: 1.2, line_alpha: 0.8 }),
        heads: f.scatter(at("x"), at("y"), { source: s.heads, size: 7, line_width: 1 }),
      };
      for (const name of ["exact", "score"]) {
        this.glyphs[name] = f.segment(at("x0"), at("y0"), at("x1"), at("y1"), { source: s[name], line_width: 1.2 });
        this.glyphs[`${name}_heads`] = f.scatter(at("x1"), at("y1"), { source: s[name], marker: "triangle", size: 5, angle: at("angle"), line_color: null });
      }
      this.glyphs.pointer = f.scatter(at("x"), at("y"), { source: s.pointer, marker: "cross", size: 14, line_width: 1.5 });
      f.on_event("mousemove", (event) => pointAt(event.x, event.y));
      f.on_event("mouseleave", () => pointAt(NaN, NaN));
      this.view = await B.Plotting.show(f, this.plot);

      const g = (this.curves = B.Plotting.figure({ ...common, ...borders, height: 130, x_axis_type: "log", x_range: range(), y_range: range() }));
      this.glyphs.faint = g.multi_line(at("xs"), at("ys"), { source: s.faint, line_alpha: 0.25 });
      this.glyphs.train = g.line(at("x"), at("y"), { source: s.train, line_width: 1, line_alpha: 0.7 });
      this.glyphs.holdout = g.line(at("x"), at("y"), { source: s.holdout, line_width: 2 });
      this.cursor = new B.Span({ location: 1, dimension: "height", line_width: 1.5 });
      g.add_layout(this.cursor);
      g.left[0].ticker.desired_num_ticks = 3;
      this.curveView = await B.Plotting.show(g, this.curve);
      this.paint();
      const observer = new ResizeObserver(() => this.resize());
      for (const element of [this.plot, this.curve]) observer.observe(element);
      this.resize();
    }

    resize() {
      const width = Math.floor(this.plot.clientWidth), across = Math.floor(this.curve.clientWidth);
      if (width > 0) Object.assign(this.figure, { width, height: width - 12 }); // the frame is square
      if (across > 0) this.curves.width = across;
    }

    paint() {
      for (const figure of [this.figure, this.curves]) style(figure);
      const fill = (name, c) => (this.glyphs[name].glyph.fill_color = c);
      const line = (name, c) => (this.glyphs[name].glyph.line_color = c);
      fill("true", color("true"));
      fill("model", color("samples"));
      fill("heads", color("path"));
      line("heads", color("page"));
      line("paths", color("path"));
      for (const [name, c] of [["score", color("arrow")], ["exact", color("exact")]]) {
        line(name, c);
        fill(`${name}_heads`, c);
      }
      line("pointer", color("ink"));
      for (const name of ["faint", "holdout"]) line(name, color("samples"));
      line("train", color("soft"));
      this.cursor.line_color = color("path");
    }

    /** Unpacks what was chosen, and gives a function that sets it all at once. */
    async load() {
      const model = named(state[this.side]), key = `${state.data}/${model.name}`;
      const cell = study.cells[key];
      const found = cell ? await arrays(key, cell) : {};
      const exact = await arrays(state.data, study.datasets[state.data]);
      return () => this.set(model, cell, found, exact);
    }

    set(model, cell, found, exact) {
      Object.assign(this, { model, found, exact });
      this.first = state.seed === study.seeds[0];
      this.steps = (this.first && cell?.steps) || [];
      this.times = (this.first && cell?.times) || [];
      this.isTruth = model.method === "truth";
      this.measured = study.measured[`${state.data}/${model.name}`];
    }

    /** Index of the snapshot, where `at` counts those of the longer of the two panels. */
    snapshot() {
      const last = this.steps.length - 1;
      if (state.moving !== "training" || state.at >= most.training) return last;
      return Math.round((state.at / most.training) * last);
    }

    /** Index of the sampler's time; that after the last is the end. */
    time() {
      const end = this.times.length;
      if (state.moving !== "sampling" || state.at >= most.sampling) return end;
      return Math.round((state.at / most.sampling) * end);
    }

    points() {
      const seed = study.seeds.indexOf(state.seed);
      if (!this.found.samples) return frame(this.exact.points, 0);
      if (this.steps.length && state.moving === "training") return frame(this.found.training, this.snapshot());
      if (this.times.length && this.time() < this.times.length) return frame(this.found.path, this.time());
      if (this.steps.length) return frame(this.found.training, this.steps.length - 1);
      return frame(this.found.samples, seed);
    }

    scoreFrame(name) {
      const array = this.found[name];
      return array && this.first ? frame(array, Math.min(this.time(), array.shape[0] - 1)) : null;
    }

    /** The model's score at the coarse grid, as far as it is stated. */
    score() {
      if (this.isTruth) return this.exactScore();
      if (!this.found.scores || !this.first) return null;
      if (state.moving === "training") return frame(this.found.scores_in_training, this.snapshot());
      return this.scoreFrame("scores");
    }

    /** The exact score of the law that this panel's model, or that of the other, aims at. */
    exactScore() {
      const other = panels.find((panel) => panel !== this);
      return this.scoreFrame("exact_scores") ?? (this.isTruth && other && !other.isTruth ? other.exactScore() : null);
    }

    logDensity() {
      const array = this.densityArray();
      return array ? frame(array, 0) : null;
    }

    densityArray() {
      if (this.isTruth) return this.exact.log_prob;
      return this.first ? this.found.log_prob : undefined;
    }

    /** The values of a field [n * n], row by row from below, or a reason why there are none. */
    field(name) {
      const log_q = this.logDensity();
      const known = this.exact.log_prob ? frame(this.exact.log_prob, 0) : null;
      const noDensity = this.isTruth ? "no density is known of these points"
        : this.model.no_density || (this.first ? "" : `densities are of seed ${study.seeds[0]}`);
      if (name === "density" || name === "log_density") {
        if (!log_q) return noDensity;
        return name === "density" ? log_q.map(Math.exp) : log_q;
      }
      if (name === "density_error") {
        if (!known) return "no density is known to compare with";
        if (!log_q) return noDensity;
        const [cut, cutKnown] = [floor(this.densityArray()), floor(this.exact.log_prob)];
        return log_q.map((value, i) => (value <= cut && known[i] <= cutKnown ? NaN : value - known[i]));
      }
      if (name === "energy") {
        if (this.isTruth && !log_q) return noDensity;
        if (!this.isTruth && !this.found.energies) return "the method states no energy";
        if (!this.first) return `energies are of seed ${study.seeds[0]}`;
        const energy = this.isTruth ? log_q.map((value) => -value) : frame(this.found.energies, this.snapshot());
        const least = energy.reduce((low, value) => (value < low ? value : low), Infinity);
        return energy.map((value) => value - least); // an energy has no zero of its own
      }
      const score = this.score(), exact = this.exactScore();
      if (!score) return this.found.scores ? `scores are of seed ${study.seeds[0]}` : "the method states no score";
      if (!exact) return "no score is known to compare with";
      return Float64Array.from({ length: score.length / 2 }, (_, i) => Math.hypot(score[2 * i] - exact[2 * i], score[2 * i + 1] - exact[2 * i + 1]));
    }

    arrows(score) {
      const columns = { x0: [], y0: [], x1: [], y1: [], angle: [] };
      if (!score) return columns;
      const [low, high] = study.datasets[state.data].view, n = study.coarse;
      const cell = (high[0] - low[0]) / n;
      const lengths = Float64Array.from({ length: n * n }, (_, i) => Math.hypot(score[2 * i], score[2 * i + 1])).filter(Number.isFinite).sort();
      const unit = lengths[Math.floor(0.6 * lengths.length)] || 1;
      for (let i = 0; i < n * n; i++) {
        const [u, v] = [score[2 * i], score[2 * i + 1]], length = Math.hypot(u, v);
        if (!(length > 0)) continue;
        const scale = (0.85 * cell * Math.min(1, length / unit)) / length;
        const x = low[0] + ((i % n) + 0.5) * cell, y = low[1] + (Math.floor(i / n) + 0.5) * cell;
        columns.x0.push(x - (u * scale) / 2);
        columns.y0.push(y - (v * scale) / 2);
        columns.x1.push(x + (u * scale) / 2);
        columns.y1.push(y + (v * scale) / 2);
        columns.angle.push(Math.atan2(v, u) - Math.PI / 2);
      }
      return columns;
    }

    /** Replaces what a source holds, unless it held and holds nothing. */
    put(name, columns) {
      const source = this.sources[name], count = (data) => Object.values(data)[0].length;
      if (count(columns) || count(source.data)) source.data = columns;
    }

    draw(field) {
      const [low, high] = study.datasets[state.data].view;
      const on = (name) => state.layers.includes(name);
      this.values = typeof field === "string" ? null : field;
      this.plot.dataset.field = this.values ? state.field : "none";
      this.why = typeof field === "string" ? field : "";
      const n = this.values ? Math.round(Math.sqrt(this.values.length)) : 0;
      if (this.values !== this.drawn) this.put("field", this.values
        ? { image: [ndarray(Float32Array.from(this.values), { shape: [n, n], dtype: "float32" })], x: [low[0]], y: [low[1]], side: [high[0] - low[0]] }
        : { image: [], x: [], y: [], side: [] });
      this.drawn = this.values;
      const xy = this.points();
      this.shown = xy;
      this.put("model", on("model") ? columns(xy) : none);
      const moving = on("paths") && (state.moving === "training" ? this.steps.length : this.times.length);
      const trails = { xs: [], ys: [] };
      if (moving) {
        const way = state.moving === "training" ? this.found.training : this.found.path;
        const until = state.moving === "training" ? this.snapshot() : this.time();
        const seen = [];
        for (let i = 0; i < until; i++) seen.push(frame(way, i).subarray(0, 2 * N_PATHS));
        seen.push(xy.subarray(0, 2 * N_PATHS));
        for (let p = 0; p < N_PATHS; p++) {
          trails.xs.push(seen.map((s) => s[2 * p]));
          trails.ys.push(seen.map((s) => s[2 * p + 1]));
        }
      }
      this.put("paths", trails);
      this.put("heads", moving ? columns(xy, N_PATHS) : none);
      this.put("score", this.arrows(on("score") && !this.isTruth ? this.score() : null));
      this.put("exact", this.arrows(on("score") && this.isTruth ? this.exactScore() : null));
      const step = this.steps[this.snapshot()];
      if (step && step !== this.cursor.location) this.cursor.location = step;
      this.say();
    }

    say() {
      const count = this.shown.length / 2;
      let outside = 0;
      for (let i = 0; i < count; i++) outside += Number.isNaN(this.shown[2 * i] + this.shown[2 * i + 1]);
      const parts = [this.where()];
      if (outside) parts.push(`${outside} of ${count} points are outside of the view or not finite`);
      if (state.field !== "none" && this.why) parts.push(`no ${FIELDS[state.field]}: ${this.why}`);
      const ended = state.moving === "training" ? this.snapshot() === this.steps.length - 1 : this.time() === this.times.length;
      if (state.field.includes("density") && this.values && !ended) parts.push("the density is that of the end");
      if (state.layers.includes("score")) {
        const found = Boolean(this.score());
        if (this.isTruth) parts.push(found ? "the score is that of the law that the other panel aims at" : "the other panel aims at no known score");
        else if (!found) parts.push("no score to draw");
      }
      this.said = parts.join("; ") + ".";
      this.element.querySelector(".note").textContent = this.said;
      this.plot.setAttribute("aria-label", `${this.title()}: ${this.said}`);
    }

    title() {
      return this.model.name ? readable(this.model.name) : "the truth";
    }

    where() {
      if (!this.model.trained) return this.isTruth ? "Draws from the data's law" : "Nothing to train";
      if (!this.first) return `Finished; snapshots and paths are of seed ${study.seeds[0]}`;
      if (state.moving === "training") return `Training step ${this.steps[this.snapshot()]} of ${this.steps.at(-1)}`;
      const cell = study.cells[`${state.data}/${this.model.name}`];
      if (!this.times.length) return "Samples in one step";
      return this.time() < this.times.length ? `Sampling: ${cell.time_name} ${short(this.times[this.time()], 3)}` : "Sampling: the end";
    }

    /** What changes with the cell alone: the loss curve and the metrics. */
    drawCell() {
      const seed = study.seeds.indexOf(state.seed), found = this.found;
      this.curve.hidden = this.element.querySelector(".key").hidden = !found.loss_train;
      if (found.loss_train) {
        const x = Array.from(frame({ ...found.loss_steps, shape: [1, ...found.loss_steps.shape] }, 0));
        const train = frame(found.loss_train, seed), holdout = frame(found.loss_holdout, seed);
        this.sources.train.data = { x, y: train };
        this.sources.holdout.data = { x, y: holdout };
        const all = study.seeds.map((_, k) => Array.from(frame(found.loss_holdout, k)));
        this.sources.faint.data = { xs: all.map(() => x), ys: all };
        const finite = [...train, ...holdout].filter(Number.isFinite).sort((a, b) => a - b);
        const at = (q, round) => finite[round(q * (finite.length - 1))] ?? 0;
        const [low, high] = [at(0.01, Math.floor), at(0.97, Math.ceil)];
        const margin = 0.15 * (high - low) || 1;
        Object.assign(this.curves.y_range, { start: low - margin, end: high + margin });
        Object.assign(this.curves.x_range, { start: 1, end: x.at(-1) * 1.1 });
        this.curve.setAttribute("aria-label", `Losses of ${this.title()}: training (grey) and hold-out, seed ${state.seed}; last hold-out ${short(holdout.at(-1))}`);
      }
      const truth = frame(this.exact.points, 0);
      this.put("true", state.layers.includes("true") ? columns(truth) : none);
      const table = this.element.querySelector("table");
      const row = (cells, tag = "td") => {
        const tr = document.createElement("tr");
        cells.forEach((text, i) => {
          const cell = document.createElement(i === 0 || tag === "th" ? "th" : "td");
          if (i === 0 || tag === "th") cell.scope = tag === "th" ? "col" : "row";
          cell.textContent = text;
          tr.append(cell);
        });
        return tr;
      };
      const measured = this.measured;
      table.hidden = !measured;
      if (!measured) return;
      const name = this.title();
      table.caption.textContent = measured.verdict ? `${name}: ${measured.verdict}` : name;
      const level = `${short(100 * study.level)} %`;
      table.tHead.replaceChildren(row(["", `seed ${state.seed}`, `mean of ${study.n_seeds} [${level}]`, `truth [${level}]`], "th"));
      table.tBodies[0].replaceChildren(...measured.metrics.map((metric) => {
        const own = metric.seeds[seed];
        const interval = (low, high) => (low === null ? "" : `[${short(low, 3)}, ${short(high, 3)}]`);
        const tr = row([
          METRICS[metric.metric] ?? readable(metric.metric),
          own?.value === null || own?.value === undefined ? own?.note || "–" : short(own.value),
          `${short(metric.mean, 3)} ${interval(metric.low, metric.high)}`,
          metric.band ? interval(...metric.band) : "–",
        ]);
        tr.dataset.metric = metric.metric;
        return tr;
      }));
    }

    read(x, y) {
      const [low, high] = study.datasets[state.data].view;
      const inside = x > low[0] && x < high[0] && y > low[1] && y < high[1];
      this.put("pointer", inside ? { x: [x], y: [y] } : none);
      const readout = this.element.querySelector(".readout");
      if (!inside) return (readout.textContent = "");
      const at = (values, n, k = 1) => {
        const i = Math.floor(((x - low[0]) / (high[0] - low[0])) * n), j = Math.floor(((y - low[1]) / (high[1] - low[1])) * n);
        return Array.from({ length: k }, (_, d) => values[k * (j * n + i) + d]);
      };
      const parts = [`(${x.toFixed(2)}, ${y.toFixed(2)})`];
      const log_q = this.logDensity(), score = this.score();
      if (log_q) {
        const [value] = at(log_q, study.fine), isCut = value <= floor(this.densityArray());
        parts.push(`log ${this.isTruth ? "p" : "q"} ${isCut ? "<" : "="} ${short(value, 3)}`);
      }
      if (this.values && state.field.endsWith("error")) parts.push(`error ${signed(at(this.values, Math.sqrt(this.values.length))[0])}`);
      if (this.values && state.field === "energy") parts.push(`E = ${short(at(this.values, study.fine)[0], 3)}`);
      if (score) parts.push(`score (${at(score, study.coarse, 2).map((c) => short(c, 3)).join(", ")})`);
      readout.textContent = parts.join(" · ");
    }
  }

  // --- drawing -----------------------------------------------------------------------------------

  const panels = SIDES.map((side) => new Panel(side));
  const most = { training: 0, sampling: 0 };
  const scrubber = (name) => ({
    slider: $(`${name}-at`),
    output: $(name).querySelector("output"),
    button: (kind) => $(name).querySelector(`.${kind}`),
  });
  const scrubbers = { training: scrubber("training"), sampling: scrubber("sampling") };

  let pointer = [NaN, NaN];
  function pointAt(...at) {
    pointer = at;
    for (const panel of panels) panel.read(...at);
  }

  /** The limits and colours of a field, common to both panels. */
  function colour(fields) {
    $("legend").hidden = state.field === "none";
    if (state.field === "none") return "";
    const values = fields.filter((f) => typeof f !== "string").flatMap((f) => Array.from(f)).filter(Number.isFinite).sort((a, b) => a - b);
    const top = values.at(-1) ?? 1, quantile = (q) => values[Math.floor(q * (values.length - 1))] ?? 1;
    palette.ramps ??= ramps();
    const [low, high, shades] = {
      density: [0, quantile(0.995), "plain"],
      log_density: [top - study.depth, top, "plain"],
      density_error: [-3, 3, "signed"],
      energy: [0, study.depth, "reversed"],
      score_error: [0, quantile(0.9) || 1, "error"],
    }[state.field];
    const stops = palette.ramps[shades];
    for (const { colors } of panels) {
      if (colors.palette !== stops) colors.palette = stops;
      Object.assign(colors, { low, high });
    }
    const [from, bar, to] = $("legend").children;
    bar.style.background = `linear-gradient(to right, ${stops.filter((_, i) => i % 15 === 0)})`;
    const unit = { density: "per unit of area", score_error: "per unit of length" }[state.field] ?? "nats";
    from.textContent = short(low, 2);
    to.textContent = `${short(high, 2)} ${unit}`;
    return `Field: ${FIELDS[state.field]}, ${short(low, 2)} to ${short(high, 2)} ${unit}.`;
  }

  /** What moves with the scrubbers. */
  function drawFrame() {
    const fields = panels.map((panel) => (state.field === "none" ? "" : panel.field(state.field)));
    const legend = colour(fields);
    panels.forEach((panel, i) => panel.draw(fields[i]));
    for (const [name, { slider, output, button }] of Object.entries(scrubbers)) {
      slider.max = most[name];
      slider.value = state.moving === name ? Math.min(state.at, most[name]) : most[name];
      slider.disabled = most[name] === 0;
      for (const kind of ["back", "on", "play"]) button(kind).disabled = most[name] === 0;
      const said = most[name] === 0 ? "nothing to scrub here"
        : name === "training" ? `snapshot ${Number(slider.value) + 1} of ${most[name] + 1}`
        : Number(slider.value) === most[name] ? "samples" : `time ${Number(slider.value) + 1} of ${most[name]}`;
      output.textContent = said;
      slider.setAttribute("aria-valuetext", said);
    }
    pointAt(...pointer);
    writeAddress();
    clearTimeout(drawFrame.timer);
    drawFrame.timer = setTimeout(() => {
      $("summary").textContent = `${readable(state.data)}, seed ${state.seed}. ${legend} ` +
        panels.map((panel) => `${panel.side === "left" ? "Left" : "Right"}, ${panel.title()}: ${panel.said}`).join(" ");
    }, 300);
  }

  /** Everything, after another choice; what was chosen in the meantime draws itself. */
  let latest = 0;
  async function draw() {
    const turn = ++latest;
    const loaded = await Promise.all(panels.map((panel) => panel.load()));
    if (turn !== latest) return;
    for (const set of loaded) set();
    const [low, high] = study.datasets[state.data].view;
    for (const { figure } of panels) {
      Object.assign(figure.x_range, { start: low[0], end: high[0] });
      Object.assign(figure.y_range, { start: low[1], end: high[1] });
    }
    most.training = Math.max(0, ...panels.map((panel) => panel.steps.length - 1));
    most.sampling = Math.max(...panels.map((panel) => panel.times.length));
    if (most[state.moving] === 0) state.moving = state.moving === "training" ? "sampling" : "training";
    for (const panel of panels) panel.drawCell();
    for (const name of ["data", "seed", "field"]) $(name).value = state[name];
    for (const name of LAYERS) $(name).checked = state.layers.includes(name);
    for (const panel of panels) panel.element.querySelector("select").value = state[panel.side];
    drawFrame();
  }

  // --- controls ----------------------------------------------------------------------------------

  let playing = null;
  function play(name) {
    clearInterval(playing?.timer);
    const stopped = playing?.name === name;
    playing = null;
    if (name && !stopped && most[name]) {
      if (state.moving !== name || state.at >= most[name]) move(name, 0);
      playing = { name, timer: setInterval(() => (state.at < most[name] ? move(name, state.at + 1) : play(null)), 120) };
    }
    for (const [each, { button }] of Object.entries(scrubbers)) {
      button("play").setAttribute("aria-pressed", String(playing?.name === each));
      button("play").textContent = playing?.name === each ? "Pause" : "Play";
    }
  }

  function move(name, to) {
    state.moving = name;
    state.at = Math.max(0, Math.min(to, most[name]));
    drawFrame();
  }

  function step(name, by) {
    play(null);
    move(name, (state.moving === name ? Math.min(state.at, most[name]) : most[name]) + by);
  }

  function choose(key, value) {
    state[key] = value;
    return draw();
  }

  function next(key, known) {
    return choose(key, known[(known.indexOf(state[key]) + 1) % known.length]);
  }

  const fields = Object.keys(FIELDS), modelNames = models.map((m) => m.name);
  $("data").append(...datasets.map((name) => option(name, readable(name))));
  $("seed").append(...study.seeds.map((seed) => option(seed, String(seed))));
  $("field").append(...fields.map((name) => option(name, FIELDS[name])));
  $("data").onchange = (event) => choose("data", event.target.value);
  $("seed").onchange = (event) => choose("seed", Number(event.target.value));
  $("field").onchange = (event) => choose("field", event.target.value);
  for (const name of LAYERS) $(name).onchange = () => choose("layers", LAYERS.filter((layer) => $(layer).checked));
  for (const side of SIDES) {
    const select = $(side).querySelector("select");
    select.append(...models.map((m) => option(m.name, m.name ? readable(m.name) : "the truth")));
    select.onchange = (event) => choose(side, event.target.value);
  }
  for (const [name, { slider, button }] of Object.entries(scrubbers)) {
    slider.oninput = () => { play(null); move(name, Number(slider.value)); };
    button("back").onclick = () => step(name, -1);
    button("on").onclick = () => step(name, 1);
    button("play").onclick = () => play(name);
  }
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || /^(SELECT|INPUT)$/.test(event.target.tagName)) return;
    const act = {
      ArrowLeft: () => step(state.moving, -1),
      ArrowRight: () => step(state.moving, 1),
      t: () => move("training", most.training),
      s: () => move("sampling", 0),
      d: () => next("data", datasets),
      l: () => next("left", modelNames),
      r: () => next("right", modelNames),
      f: () => next("field", fields),
      " ": event.target.tagName === "BUTTON" || event.target.tagName === "SUMMARY" ? null : () => play(state.moving),
    }[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  });
  window.addEventListener("hashchange", () => { readAddress(); draw(); });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
    palette = {};
    for (const panel of panels) panel.paint();
    drawFrame();
  });

  function save(name, blob) {
    const link = Object.assign(document.createElement("a"), { href: URL.createObjectURL(blob), download: name });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  }
  const fileName = () => ["gen2d", state.data, state.left || "truth", state.right || "truth"].join("-");

  $("picture").onclick = () => {
    const pictures = panels.map((panel) => panel.view.export("png", true).canvas);
    const title = 60, canvas = document.createElement("canvas");
    canvas.width = pictures[0].width + pictures[1].width;
    canvas.height = title + Math.max(...pictures.map((p) => p.height));
    const context = canvas.getContext("2d");
    context.fillStyle = color("page");
    context.fillRect(0, 0, canvas.width, canvas.height);
    context.fillStyle = color("ink");
    pictures.forEach((picture, i) => {
      const left = i * pictures[0].width;
      context.font = "22px sans-serif";
      context.fillText(`${readable(state.data)}, ${panels[i].title()}`, left + 12, 26, picture.width - 24);
      context.font = "17px sans-serif";
      context.fillText(panels[i].said, left + 12, 50, picture.width - 24);
      context.drawImage(picture, left, title);
    });
    canvas.toBlob((blob) => save(`${fileName()}.png`, blob));
  };
  $("table").onclick = () => {
    const lines = ["data_set,panel,model,seed,shown,point,x1,x2"];
    for (const panel of panels)
      for (let i = 0; i < panel.shown.length / 2; i++) {
        const xy = [panel.shown[2 * i], panel.shown[2 * i + 1]].map((c) => (Number.isNaN(c) ? "" : c.toPrecision(5)));
        lines.push([state.data, panel.side, panel.model.name || "truth", state.seed, `"${panel.where()}"`, i, ...xy].join(","));
      }
    save(`${fileName()}.csv`, new Blob([lines.join("\n") + "\n"], { type: "text/csv" }));
  };

  $("about").textContent =
    `Every model's first ${study.n_points} samples; ` +
    (study.n_seeds > study.seeds.length ? `the first ${study.seeds.length} of ${study.n_seeds} seeds; ` : "") +
    `snapshots of training, paths of sampling, scores, densities and energies are of seed ${study.seeds[0]}. ` +
    "Scrubbing training shows samples of the weights so far (averaged where the model averages them), " +
    "scrubbing sampling the points on their way with the finished weights, at the scale of the data. " +
    "Arrows are scores, longer ones cut to one length: grey or white ones a model's, green ones exact, " +
    "for the law that the sampler aims at then. " +
    `Log-densities and energies are cut ${study.depth} nats from their best value; where both are, no error is shown.`;

  try {
    readAddress();
    for (const panel of panels) await panel.build();
    await draw();
    document.documentElement.dataset.ready = "yes";
  } catch (error) {
    $("error").hidden = false;
    $("error").textContent = `The explorer cannot draw here: ${error.message}`;
    throw error;
  }
})();
