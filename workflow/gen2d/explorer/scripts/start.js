// The start: says what the page shows, and draws it, or says why it cannot.

import { draw } from "./drawing.js";
import { $, study } from "./names.js";
import { panels } from "./panels.js";
import { readFirstAddress } from "./state.js";

const [first] = study.seeds, nShown = study.seeds.length;
$("about").textContent = [
  `Every model's first ${study.n_points} samples;`,
  ...(study.n_seeds > nShown ? [`the first ${nShown} of ${study.n_seeds} seeds;`] : []),
  `snapshots of training, paths of sampling, scores, densities and energies are of seed ${first}.`,
  "Scrubbing training shows samples of the weights so far (averaged where the model averages",
  "them), scrubbing sampling the points on their way with the finished weights, at the scale of",
  "the data. Arrows are scores, longer ones cut to one length: grey or white ones a model's, green",
  "ones exact, for the law that the sampler aims at then.",
  `Log-densities and energies are cut ${study.depth} nats from their best value; where both are,`,
  "no error is shown. A recording plays training or sampling, whichever was moved last, once",
  "through. Your own points never leave this page.",
].join(" ");

async function start() {
  try {
    readFirstAddress();
    for (const panel of panels) await panel.build();
    await draw();
    document.documentElement.dataset.ready = "yes";
  } catch (error) {
    $("error").hidden = false;
    $("error").textContent = `The explorer cannot draw here: ${error.message}`;
    throw error;
  }
}

start();
