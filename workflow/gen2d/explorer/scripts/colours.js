// The colours of the style sheet, light or dark, and the ramps of fields between them.

let palette = {}; // by name, once looked up
let ramps = null;

/** Lets go of all colours, which are others from now on. */
export function forgetColours() {
  palette = {};
  ramps = null;
}

export function color(name) {
  const sheet = getComputedStyle(document.documentElement);
  return (palette[name] ??= sheet.getPropertyValue(`--${name}`).trim());
}

/** The ramps of 256 colours that fields are drawn in, by name. */
export const fieldRamps = () => (ramps ??= allRamps());

function allRamps() {
  const plain = ramp(color("plot"), color("field"));
  return {
    plain,
    reversed: [...plain].reverse(),
    signed: ramp(color("below"), color("plot"), color("above")),
    error: ramp(color("plot"), color("above")),
  };
}

function ramp(...stops) {
  return Array.from({ length: 256 }, (_, i) => {
    const t = (i / 255) * (stops.length - 1), k = Math.min(Math.floor(t), stops.length - 2);
    return mix(stops[k], stops[k + 1], t - k);
  });
}

function mix(one, other, t) {
  const [from, to] = [rgb(one), rgb(other)];
  const hex = (c, i) => Math.round(c + t * (to[i] - c)).toString(16).padStart(2, "0");
  return "#" + from.map(hex).join("");
}

/** Red, green and blue of a colour as #rgb or #rrggbb. */
function rgb(hex) {
  const digits = (i) => (hex.length === 4 ? hex[(i + 1) / 2].repeat(2) : hex.slice(i, i + 2));
  return [1, 3, 5].map((i) => parseInt(digits(i), 16));
}
