// Saves what is shown: both pictures as one, and the points as CSV.

import { color } from "./colours.js";
import { $, readable } from "./names.js";
import { panels } from "./panels.js";
import { state } from "./state.js";

/** Has the browser save a file, named by what is shown. */
export function save(end, blob) {
  const parts = ["gen2d", state.data, state.left || "truth", state.right || "truth"];
  const link = document.createElement("a");
  Object.assign(link, { href: URL.createObjectURL(blob), download: `${parts.join("-")}.${end}` });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}

/** Both pictures and what is said of them, on one canvas. */
export function collage() {
  const pictures = panels.map((panel) => panel.picture.view.export("png", true).canvas);
  const title = 60, canvas = document.createElement("canvas");
  canvas.width = pictures[0].width + pictures[1].width;
  canvas.height = title + Math.max(...pictures.map((p) => p.height));
  const context = canvas.getContext("2d");
  context.fillStyle = color("page");
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.fillStyle = color("ink");
  pictures.forEach((picture, i) => {
    const left = i * pictures[0].width, { cell, said } = panels[i];
    context.font = "22px sans-serif";
    context.fillText(`${readable(state.data)}, ${cell.title()}`, left + 12, 26, picture.width - 24);
    context.font = "17px sans-serif";
    context.fillText(said, left + 12, 50, picture.width - 24);
    context.drawImage(picture, left, title);
  });
  return canvas;
}

$("picture").onclick = () => collage().toBlob((blob) => save("png", blob));

$("table").onclick = () => {
  const lines = ["data_set,panel,model,seed,shown,point,x1,x2"];
  for (const { side, cell, shown } of panels) {
    const about = [state.data, side, cell.model.name || "truth", state.seed, `"${cell.where()}"`];
    for (let i = 0; i < shown.length / 2; i++) {
      const xy = [shown[2 * i], shown[2 * i + 1]];
      const digits = xy.map((c) => (Number.isNaN(c) ? "" : c.toPrecision(5)));
      lines.push([...about, i, ...digits].join(","));
    }
  }
  save("csv", new Blob([lines.join("\n") + "\n"], { type: "text/csv" }));
};
