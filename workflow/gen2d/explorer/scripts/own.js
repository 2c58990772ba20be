// The reader's own points, drawn on a panel or read from a file; they lie over both pictures.

import { $ } from "./names.js";
import { panels } from "./panels.js";
import { view } from "./state.js";

const MOST = 20000; // that are drawn without delay
const APART = 6; // pixels between points of one stroke
let points = []; // pairs

/** Draws the points, and says how many there are. */
export function drawOwn() {
  for (const { picture } of panels) picture.drawOwn($("own-shown").checked ? points : []);
  $("clear").disabled = $("own-shown").disabled = !points.length;
  say(counted());
}

function counted() {
  const [low, high] = view();
  const isOutside = (xy) => xy.some((c, d) => !(c > low[d] && c < high[d]));
  const outside = points.filter(isOutside).length;
  const count = { 0: "no point", 1: "1 point" }[points.length] ?? `${points.length} points`;
  return `${count} of yours${outside ? `, ${outside} outside of the picture` : ""}`;
}

function say(text, isError = false) {
  $("own-said").textContent = text;
  $("own-said").classList.toggle("error", isError);
}

function add(more) {
  points = [...points, ...more];
  $("tools").open = true;
  $("own-shown").checked = true;
  drawOwn();
}

$("own-shown").onchange = drawOwn;
$("clear").onclick = () => {
  points = [];
  drawOwn();
};

// --- drawing -------------------------------------------------------------------------------------

const isDrawing = () => $("draw").getAttribute("aria-pressed") === "true";

$("draw").onclick = () => {
  $("draw").setAttribute("aria-pressed", String(!isDrawing()));
  for (const { picture } of panels) picture.element.classList.toggle("drawing", isDrawing());
};

for (const { picture } of panels) {
  let last = null; // where the stroke has its last point
  const put = (event) => {
    const place = picture.place(event);
    if (!place || points.length >= MOST) return;
    last = event;
    add([place]);
  };
  picture.element.addEventListener("pointerdown", (event) => {
    if (isDrawing() && event.button === 0) put(event);
  });
  picture.element.addEventListener("pointermove", (event) => {
    if (!last || !event.buttons) return;
    if (Math.hypot(event.clientX - last.clientX, event.clientY - last.clientY) >= APART) put(event);
  });
  for (const end of ["pointerup", "pointercancel", "pointerleave"])
    picture.element.addEventListener(end, () => (last = null));
}

// --- files ---------------------------------------------------------------------------------------

const isNumber = (cell) => cell.trim() !== "" && Number.isFinite(Number(cell));

/** The pairs of a text of two columns, of which the first line may be a header. */
function pairs(text) {
  const lines = text.replace(/^\uFEFF/, "").split(/\r\n|\r|\n/);
  const rows = lines.map((line) => line.replaceAll('"', "").split(/[,;\t]/));
  const found = [];
  rows.forEach((cells, i) => {
    if (!lines[i].trim() || (i === 0 && !cells.some(isNumber))) return;
    if (cells.length !== 2 || !cells.every(isNumber))
      throw new Error(`line ${i + 1} is “${lines[i].slice(0, 40)}”`);
    found.push(cells.map(Number));
  });
  if (!found.length) throw new Error("there is none");
  if (found.length > MOST) throw new Error(`there are ${found.length}, and ${MOST} are the most`);
  return found;
}

async function readFile(file) {
  try {
    add(pairs(await file.text()));
  } catch (error) {
    $("tools").open = true;
    say(`${file.name}: expected rows of two numbers; ${error.message}.`, true);
  }
}

$("own-file").onchange = async () => {
  const [file] = $("own-file").files;
  if (file) await readFile(file);
  $("own-file").value = ""; // so that the same file can be chosen again
};

const hasFiles = (event) => event.dataTransfer?.types.includes("Files");
document.addEventListener("dragover", (event) => hasFiles(event) && event.preventDefault());
document.addEventListener("drop", (event) => {
  if (!hasFiles(event)) return;
  event.preventDefault();
  readFile(event.dataTransfer.files[0]);
});
