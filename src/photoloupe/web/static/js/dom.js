// Makes elements and formats numbers. Text only becomes text, never markup.
const SVG = "http://www.w3.org/2000/svg";

// make("button", { type: "button", class: "plain", on: { click } }, "Words", node, null)
export const make = (tag, values = {}, ...inside) => {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(values)) {
    if (value === null || value === undefined) continue;
    if (name === "class") node.className = value;
    else if (name === "on") listen(node, value);
    else if (name === "role" || name.includes("-")) node.setAttribute(name, value);
    else node[name] = value;
  }
  node.append(...inside.flat().filter((part) => part !== null && part !== undefined && part !== false));
  return node;
};
const listen = (node, actions) => {
  for (const [event, action] of Object.entries(actions)) node.addEventListener(event, action);
};

export const makeIcon = (name) => {
  const icon = document.createElementNS(SVG, "svg");
  const use = document.createElementNS(SVG, "use");
  use.setAttribute("href", `static/icons.svg#${name}`);
  icon.setAttribute("class", "icon");
  icon.setAttribute("aria-hidden", "true");
  icon.append(use);
  return icon;
};
export const makeButton = (words, click, values = {}) =>
  make("button", { type: "button", ...values, on: { click } }, words);

export const count = (number) => number.toLocaleString("en");
export const many = (number, one, more = `${one}s`) => `${count(number)} ${number === 1 ? one : more}`;
export const percent = (share) => `${Math.round(100 * share)} %`;
// Rounded down: what is 99.6 % sure is not sure.
export const sure = (share) => `${Math.floor(100 * share)} % sure`;
export const megabytes = (bytes) =>
  bytes < 1e6 ? `${Math.max(1, Math.round(bytes / 1e3))} kB` : `${(bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0)} MB`;
export const nameOf = (photo) => photo.path.split(/[\\/]/).pop();
export const clamp = (value, least, most) => Math.min(most, Math.max(least, value));
export const reducedMotion = () => matchMedia("(prefers-reduced-motion: reduce)").matches;
