// Two pictures, one over the other, with a slider between before and after.
import { make } from "./dom.js";

// before, after: images; after's shape (width by height) is the stage's, so that both have one scale.
// shape: where it is given, after is stretched to it; else it is as it comes.
export const makeBeforeAfter = (before, after, [left, right], shape = null) => {
  const range = make("input", { type: "range", min: 0, max: 100, value: 50, "aria-label": `${left} to the left, ${right} to the right of the line` });
  const stage = make("div", { class: "wipe" }, after, before, make("span", { class: "line" }),
    make("span", { class: "tag left" }, left), make("span", { class: "tag right" }, right), range);
  const move = () => stage.style.setProperty("--at", `${range.value}%`);
  range.addEventListener("input", move);
  const fit = (to) => stage.style.setProperty("--shape", String(to));
  if (shape) fit(shape);
  else after.addEventListener("load", () => fit(after.naturalWidth / after.naturalHeight));
  before.classList.add("before");
  after.classList.add("after");
  move();
  return stage;
};
