// A crop laid over its box in the source: opacity, blink, and a closer look at the box.
import { layOver, makeBox, place, sharesOf } from "./boxes.js";
import { reducedMotion, make, makeButton } from "./dom.js";

const BLINK_MS = 500; // two flashes a second: three may hurt (WCAG 2.3.1)
const MARGIN = 0.86; // how much of the stage the box fills in the closer look

const makeToggle = (words, act) => makeButton(words, (event) => {
  const on = event.currentTarget.getAttribute("aria-pressed") !== "true";
  event.currentTarget.setAttribute("aria-pressed", String(on));
  act(on);
}, { "aria-pressed": "false" });

// source, crop: loaded images; answer: Crop.to_dict() with a box. -> { node, keys, stop }
export const makeOverlay = (source, crop, answer) => {
  const size_wh = answer.source_wh ?? [source.naturalWidth, source.naturalHeight];
  const over = layOver(answer, size_wh, answer.crop_wh ?? [crop.naturalWidth, crop.naturalHeight]);
  crop.className = "over";
  place(crop, over.shares);
  crop.style.transformOrigin = over.origin;
  crop.style.transform = `rotate(${-(answer.turn ?? 0)}deg) scaleX(${answer.verdict === "mirrored" ? -1 : 1})`;
  const inner = make("div", { class: "inner" }, source, crop, makeBox(answer.box_xyxy, size_wh, null, answer.turn));
  const stage = make("div", { class: "overlay-stage" }, inner);
  stage.style.setProperty("--shape", String(size_wh[0] / size_wh[1]));

  const opacity = make("input", { type: "range", min: 0, max: 100, value: 100 });
  const draw = () => { crop.style.opacity = String(opacity.value / 100); };
  opacity.addEventListener("input", draw);
  const flip = () => crop.classList.toggle("off");
  const { blink, stop } = makeBlink(crop, flip);
  const closer = makeToggle("Zoom to box", (on) => zoom(inner, stage, on ? sharesOf(answer.box_xyxy, size_wh) : null));
  draw();
  const controls = make("div", { class: "overlay-controls" },
    make("label", { class: "field" }, "Crop opacity", opacity), blink, closer);
  return {
    node: make("div", { class: "overlay" }, stage, controls), stop,
    keys: [{ keys: ["b"], words: "Blink", run: () => blink.click() },
      { keys: ["f"], words: "Crop on or off", run: flip },
      { keys: ["z"], words: "Zoom to the box", run: () => closer.click() },
      { keys: ["-"], words: "Crop less opaque", run: () => { opacity.value -= 10; draw(); } },
      { keys: ["+", "="], words: "Crop more opaque", run: () => { opacity.value = Number(opacity.value) + 10; draw(); } }],
  };
};
const makeBlink = (crop, flip) => {
  let timer = null;
  const stop = () => {
    clearInterval(timer);
    timer = null;
  };
  const blink = makeToggle("Blink", (on) => {
    stop();
    crop.classList.remove("off");
    if (on) flip();
    if (on && !reducedMotion()) timer = setInterval(flip, BLINK_MS);
  });
  return { blink, stop };
};
const zoom = (inner, stage, box) => {
  stage.classList.toggle("closer", box !== null);
  if (!box) {
    inner.style.transform = "";
    return;
  }
  const by = Math.max(1, MARGIN * Math.min(1 / box.width, 1 / box.height));
  const shift = (from, length) => 100 * (0.5 - (from + length / 2) * by);
  inner.style.transform = `translate(${shift(box.left, box.width)}%, ${shift(box.top, box.height)}%) scale(${by})`;
};
