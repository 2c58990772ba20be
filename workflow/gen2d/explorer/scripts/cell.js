// A model on a data set: the points, score and field that it has where the scrubbers are.

import { arrays, floor, frame } from "./arrays.js";
import { short, study } from "./names.js";
import { most, named, state } from "./state.js";

/** The cell of a model on the chosen data set, soon. */
export async function loadCell(name) {
  const model = named(name), key = `${state.data}/${model.name}`;
  const facts = study.cells[key]; // none of a truth that is no model of the study
  const found = facts ? await arrays(key, facts) : {};
  const exact = await arrays(state.data, study.datasets[state.data]);
  return new Cell(model, facts, found, exact, study.measured[key]);
}

class Cell {
  constructor(model, facts, found, exact, measured) {
    Object.assign(this, { model, found, exact, measured });
    this.first = state.seed === study.seeds[0];
    this.steps = (this.first && facts?.steps) || [];
    this.times = (this.first && facts?.times) || [];
    this.timeName = facts?.time_name;
    this.isTruth = model.method === "truth";
    this.other = null; // the cell of the other panel, once both are there
  }

  title() {
    return this.model.title;
  }

  /** How far training or sampling has got. */
  where() {
    if (this.labels()) return "True points in the colours of their labels";
    if (!this.model.trained) return this.isTruth ? "Draws from the data's law" : "Nothing to train";
    if (!this.first) return `Finished; snapshots and paths are of seed ${study.seeds[0]}`;
    if (state.moving === "training")
      return `Training step ${this.steps[this.snapshot()]} of ${this.steps.at(-1)}`;
    if (!this.times.length) return "Samples in one step";
    if (this.time() === this.times.length) return "Sampling: the end";
    return `Sampling: ${this.timeName} ${short(this.times[this.time()], 3)}`;
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

  /** Whether the scrubber that is moved is at its end. */
  hasEnded() {
    if (state.moving === "training") return this.snapshot() === this.steps.length - 1;
    return this.time() === this.times.length;
  }

  truePoints() {
    return frame(this.exact.points, 0);
  }

  /** The label of each true point, a code, where this is the truth and they have some. */
  labels() {
    return this.isTruth && this.exact.labels ? frame(this.exact.labels, 0) : null;
  }

  points() {
    const { samples, training, path } = this.found;
    if (!samples || this.labels()) return this.truePoints();
    if (this.steps.length && state.moving === "training") return frame(training, this.snapshot());
    if (this.times.length && this.time() < this.times.length) return frame(path, this.time());
    if (this.steps.length) return frame(training, this.steps.length - 1);
    return frame(samples, study.seeds.indexOf(state.seed));
  }

  /** The points on their way so far, one frame after the other; none where nothing moves. */
  way() {
    const { training, path } = this.found;
    const isTraining = state.moving === "training";
    if (!(isTraining ? this.steps : this.times).length) return [];
    const before = isTraining ? this.snapshot() : this.time();
    const frames = Array.from({ length: before }, (_, i) => frame(isTraining ? training : path, i));
    return [...frames, this.points()];
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
    const own = this.scoreFrame("exact_scores");
    return own ?? (this.isTruth && !this.other.isTruth ? this.other.exactScore() : null);
  }

  scoreFrame(name) {
    const array = this.found[name];
    return array && this.first ? frame(array, Math.min(this.time(), array.shape[0] - 1)) : null;
  }

  /** What is to be said where scores are drawn, if anything. */
  aboutScore() {
    if (!this.isTruth) return this.score() ? "" : "no score to draw";
    return this.score()
      ? "the score is that of the law that the other panel aims at"
      : "the other panel aims at no known score";
  }

  /** The log-density [n * n] of the end, if it is known, and the value that it was cut at. */
  logDensity() {
    const array = this.isTruth ? this.exact.log_prob : this.first && this.found.log_prob;
    return array ? { values: frame(array, 0), cut: floor(array) } : null;
  }

  /** The values of a field [n * n], row by row from below, or a reason why there are none. */
  field(name) {
    if (name === "density_error") return this.densityError();
    if (name === "energy") return this.energy();
    if (name === "score_error") return this.scoreError();
    const density = this.logDensity();
    if (!density) return this.whyNoDensity();
    return name === "density" ? density.values.map(Math.exp) : density.values;
  }

  whyNoDensity() {
    if (this.isTruth) return "no density is known of these points";
    if (this.model.why_no_density || this.first) return this.model.why_no_density;
    return `densities are of seed ${study.seeds[0]}`;
  }

  densityError() {
    const { log_prob } = this.exact;
    if (!log_prob) return "no density is known to compare with";
    const density = this.logDensity();
    if (!density) return this.whyNoDensity();
    const known = frame(log_prob, 0), knownCut = floor(log_prob);
    return density.values.map((value, i) =>
      value <= density.cut && known[i] <= knownCut ? NaN : value - known[i],
    );
  }

  energy() {
    const density = this.logDensity();
    if (this.isTruth && !density) return this.whyNoDensity();
    if (!this.isTruth && !this.found.energies) return "the method states no energy";
    if (!this.first) return `energies are of seed ${study.seeds[0]}`;
    const energy = this.isTruth
      ? density.values.map((value) => -value)
      : frame(this.found.energies, this.snapshot());
    const least = energy.reduce((low, value) => (value < low ? value : low), Infinity);
    return energy.map((value) => value - least); // an energy has no zero of its own
  }

  scoreError() {
    const score = this.score(), exact = this.exactScore();
    if (!score && this.found.scores) return `scores are of seed ${study.seeds[0]}`;
    if (!score) return "the method states no score";
    if (!exact) return "no score is known to compare with";
    return Float64Array.from({ length: score.length / 2 }, (_, i) =>
      Math.hypot(score[2 * i] - exact[2 * i], score[2 * i + 1] - exact[2 * i + 1]),
    );
  }
}
