// Linked zoom and pan: every pane of the cull view shows the same part of its picture.
import { clamp } from "./dom.js";

const MOST = 12;
const WHEEL = 0.0016; // a notch of 100 px: 17 %
const KEY_PAN = 0.15; // of the pane

const TAP_PX = 6;
const SWIPE_PX = 60;

const paneAt = ({ clientX, clientY }) => document.elementFromPoint(clientX, clientY)?.closest(".pane");

// panes(): the elements with class "pane", all of one size. changed(scale): called after each move.
// tapped(pane); swiped(-1 | 1): a finger went over a picture that is not zoomed.
export const makeZoom = (table, panes, { changed, tapped, swiped }) => {
  let [scale, x, y] = [1, 0, 0]; // x, y: pixels that the picture's middle lies off the pane's
  const fingers = new Map();
  let [pinch, began] = [null, null];

  const draw = () => {
    const pane = panes()[0];
    if (!pane) return;
    const [across, down] = [(pane.clientWidth * (scale - 1)) / 2, (pane.clientHeight * (scale - 1)) / 2];
    [x, y] = [clamp(x, -across, across), clamp(y, -down, down)];
    for (const image of table.querySelectorAll(".pane img")) image.style.transform = `translate(${x}px, ${y}px) scale(${scale})`;
    table.classList.toggle("zoomed", scale > 1);
    changed(scale);
  };
  // The point under (px, py), pixels off the pane's middle, stays where it is.
  const zoomTo = (wanted, px = 0, py = 0) => {
    const next = clamp(wanted, 1, MOST);
    const by = next / scale;
    [x, y, scale] = [px - (px - x) * by, py - (py - y) * by, next];
    draw();
  };
  const offMiddle = (event) => {
    const box = (paneAt(event) ?? table).getBoundingClientRect();
    return [event.clientX - box.left - box.width / 2, event.clientY - box.top - box.height / 2];
  };
  table.addEventListener("wheel", (event) => {
    event.preventDefault();
    zoomTo(scale * Math.exp(-event.deltaY * WHEEL * (event.ctrlKey ? 6 : 1)), ...offMiddle(event));
  }, { passive: false });
  table.addEventListener("dblclick", (event) => toggle(...offMiddle(event)));
  table.addEventListener("pointerdown", (event) => {
    if (event.button || event.target.closest("button")) return;
    fingers.set(event.pointerId, event);
    pinch = spread();
    began = fingers.size === 1 ? event : null;
    table.setPointerCapture(event.pointerId);
  });
  table.addEventListener("pointermove", (event) => {
    const before = fingers.get(event.pointerId);
    if (!before) return;
    fingers.set(event.pointerId, event);
    if (fingers.size === 1 && scale > 1) {
      [x, y] = [x + event.clientX - before.clientX, y + event.clientY - before.clientY];
      draw();
    } else if (fingers.size === 2) {
      const wide = spread();
      zoomTo((scale * wide) / pinch);
      pinch = wide;
    }
  });
  const lift = (event) => fingers.delete(event.pointerId);
  table.addEventListener("pointerup", (event) => {
    lift(event);
    if (!began) return;
    const [across, down] = [event.clientX - began.clientX, event.clientY - began.clientY];
    if (Math.hypot(across, down) < TAP_PX) {
      if (paneAt(event)) tapped(paneAt(event));
    } else if (scale === 1 && event.pointerType !== "mouse" && Math.abs(across) > Math.max(SWIPE_PX, 2 * Math.abs(down))) {
      swiped(across < 0 ? 1 : -1);
    }
    began = null;
  });
  table.addEventListener("pointercancel", lift);
  const spread = () => {
    const [a, b] = [...fingers.values()];
    return b ? Math.hypot(a.clientX - b.clientX, a.clientY - b.clientY) : null;
  };
  // One pixel of the picture on one of the screen; where that is no larger, three times.
  const closeUp = () => {
    const image = table.querySelector(".pane.active img");
    const fitted = image && Math.min(image.clientWidth / image.naturalWidth, image.clientHeight / image.naturalHeight);
    return fitted && fitted < 0.8 ? 1 / fitted : 3;
  };
  const toggle = (px = 0, py = 0) => (scale > 1 ? reset() : zoomTo(closeUp(), px, py));
  const reset = () => {
    [scale, x, y] = [1, 0, 0];
    draw();
  };
  const pan = (across, down) => {
    [x, y] = [x - across * KEY_PAN * table.clientWidth, y - down * KEY_PAN * table.clientHeight];
    draw();
  };
  return { toggle: () => toggle(), reset, draw, pan, by: (factor) => zoomTo(scale * factor), isZoomed: () => scale > 1 };
};
