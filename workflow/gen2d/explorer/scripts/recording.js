// Records training or sampling, whichever was moved last, once through, as a WebM video.

import { FRAME_MS, move, play } from "./controls.js";
import { $ } from "./names.js";
import { collage, save } from "./saving.js";
import { most, state } from "./state.js";

const WIDEST = 1280; // pixels; of wider pictures a browser may drop frames
const TYPE = "video/webm";
const BITS = 8e6; // a second; single points blur with fewer
const SLOWEST_MS = 2000; // that a frame is waited for
const N_LAST = 8; // frames that the end is shown
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

let isStopped = true;

$("record").hidden = !window.MediaRecorder?.isTypeSupported(TYPE);
$("record").onclick = () => {
  if (isStopped) record();
  else isStopped = true;
};

async function record() {
  const scrubber = state.moving, parts = [], { width, height } = collage();
  const scale = Math.min(1, WIDEST / width), even = (x) => 2 * Math.round((scale * x) / 2);
  const canvas = document.createElement("canvas");
  Object.assign(canvas, { width: even(width), height: even(height) });
  const options = { mimeType: TYPE, videoBitsPerSecond: BITS };
  const recorder = new MediaRecorder(canvas.captureStream(), options);
  recorder.ondataavailable = ({ data }) => parts.push(data);
  recorder.onstop = () => save("webm", new Blob(parts, { type: TYPE }));
  begin();
  recorder.start(1); // ms between chunks, so that each frame has one
  for (let at = 0; at <= most[scrubber] + N_LAST && !isStopped; at++) {
    move(scrubber, at);
    canvas.getContext("2d").drawImage(collage(), 0, 0, canvas.width, canvas.height);
    await Promise.all([pause(FRAME_MS), Promise.race([encoded(recorder), pause(SLOWEST_MS)])]);
  }
  recorder.stop();
  end();
}

/** The next chunk, soon: frames that wait for their encoder when a recording ends are lost. */
function encoded(recorder) {
  return new Promise((resolve) =>
    recorder.addEventListener("dataavailable", resolve, { once: true }),
  );
}

function begin() {
  play(null);
  isStopped = false;
  $("controls").inert = true;
  $("record").textContent = "Stop recording";
}

function end() {
  isStopped = true;
  $("controls").inert = false;
  $("record").textContent = "Record (WebM)";
}
