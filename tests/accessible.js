// What is wrong with a page for people who see, hear or point otherwise; a list of sentences.
() => {
  const faults = [];
  const all = (selector) => [...document.querySelectorAll(selector)];
  const isShown = (e) => e.checkVisibility({ visibilityProperty: true });
  const words = (e) => (e.getAttribute("aria-label") ?? e.textContent).trim();
  const short = (text) => text.trim().replace(/\s+/g, " ").slice(0, 40);

  // Red, green, blue and opacity, each 0 to 1.
  const context = Object.assign(document.createElement("canvas"), { width: 1, height: 1 })
    .getContext("2d", { willReadFrequently: true });
  const colour = (css) => {
    context.clearRect(0, 0, 1, 1);
    context.fillStyle = css;
    context.fillRect(0, 0, 1, 1);
    return [...context.getImageData(0, 0, 1, 1).data].map((x) => x / 255);
  };
  const over = (top, below) => [0, 1, 2].map((i) => top[3] * top[i] + (1 - top[3]) * below[i]);
  const background = (e) =>
    e ? over(colour(getComputedStyle(e).backgroundColor), background(e.parentElement)) : [1, 1, 1];
  const luminance = (rgb) => {
    const [r, g, b] = rgb.map((x) => (x <= 0.04045 ? x / 12.92 : ((x + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };

  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let text = texts.nextNode(); text; text = texts.nextNode()) {
    const e = text.parentElement;
    if (!text.data.trim() || !isShown(e)) continue;
    const below = background(e);
    const seen = over(colour(getComputedStyle(e).color), below);
    const [dark, light] = [luminance(seen), luminance(below)].sort((a, b) => a - b);
    const contrast = (light + 0.05) / (dark + 0.05);
    if (contrast < 4.5) faults.push(`contrast ${contrast.toFixed(2)}: ${short(text.data)}`);
  }

  for (const e of all("img"))
    if (!/\w+ \w+/.test(e.alt)) faults.push(`image without words: ${e.alt || e.src.slice(0, 40)}`);
  for (const e of all("svg, [role=img]"))
    if (e.ariaHidden !== "true" && !e.ariaLabel) faults.push(`${e.tagName} without a label`);

  const levels = all("h1, h2, h3, h4, h5, h6").map((e) => Number(e.tagName[1]));
  if (levels.filter((level) => level === 1).length !== 1) faults.push("not one h1");
  levels.forEach((level, i) => {
    if (level > (levels[i - 1] ?? 0) + 1) faults.push(`h${level} after h${levels[i - 1] ?? 0}`);
  });

  if (!document.documentElement.lang) faults.push("no language");
  if (!document.querySelector("meta[name=viewport]")) faults.push("no viewport");
  if (!document.title.trim()) faults.push("no title");
  if (!document.querySelector("main")) faults.push("no main part");

  const ids = all("[id]").map((e) => e.id);
  for (const id of new Set(ids.filter((id, i) => ids.indexOf(id) !== i)))
    faults.push(`id given twice: ${id}`);
  for (const e of all("a")) {
    if (!words(e)) faults.push(`link without words: ${e.getAttribute("href")}`);
    const [path, id] = (e.getAttribute("href") ?? "").split("#");
    if (!path && !(id && ids.includes(id))) faults.push(`link to nowhere: ${short(words(e))}`);
  }

  // A link within a sentence is as high as its line.
  const isInText = (e) =>
    getComputedStyle(e).display === "inline" && words(e.parentElement).length > words(e).length;
  for (const e of all("a, button, select, input, summary").filter(isShown)) {
    const { width, height } = e.getBoundingClientRect();
    if (!isInText(e) && Math.min(width, height) < 24)
      faults.push(`${width.toFixed()} x ${height.toFixed()} pixels to tap: ${short(words(e))}`);
  }

  if (document.documentElement.scrollWidth > innerWidth) faults.push("wider than the screen");
  return faults;
}
