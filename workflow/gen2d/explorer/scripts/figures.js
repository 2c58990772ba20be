// What the figures have in common: their frames, their colours, and the sources of their glyphs.

import { color } from "./colours.js";

/** The options of every figure. */
export const FRAME = {
  toolbar_location: null, tools: [], width: 300, height: 300,
  min_border_left: 36, min_border_right: 8, min_border_top: 8, min_border_bottom: 24,
};

export const range = () => new Bokeh.Range1d({ start: 0, end: 1 });

export const source = (...columns) =>
  new Bokeh.ColumnDataSource({ data: Object.fromEntries(columns.map((c) => [c, []])) });

/** A glyph's option that is read from a column of its source. */
export const column = (name) => ({ field: name });

/** Gives a figure the page's colours. */
export function paintFrame(figure) {
  figure.background_fill_color = color("plot");
  figure.border_fill_color = color("page");
  figure.outline_line_color = color("line");
  for (const axis of [...figure.below, ...figure.left])
    Object.assign(axis, {
      axis_line_color: color("line"),
      major_tick_line_color: color("line"),
      minor_tick_line_color: null,
      major_label_text_color: color("soft"),
      axis_label_text_color: color("soft"),
    });
  const grids = figure.center.filter((part) => part.type === "Grid");
  for (const grid of grids) grid.grid_line_color = null;
}
