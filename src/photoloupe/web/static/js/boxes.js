// A box of a picture, in shares of its sides, so that it fits whatever size the picture is drawn at.
import { make } from "./dom.js";

// box_xyxy in pixels of a picture of size_wh -> { left, top, width, height }, shares
export const sharesOf = ([x0, y0, x1, y1], [width, height]) => ({
  left: x0 / width, top: y0 / height, width: (x1 - x0) / width, height: (y1 - y0) / height,
});
export const place = (node, shares) => {
  for (const [side, share] of Object.entries(shares)) node.style[side] = `${100 * share}%`;
  return node;
};
// turn: degrees clockwise from the source to the crop, so its outline lies the other way round.
export const makeBox = (box_xyxy, size_wh, label = null, turn = 0) => {
  const box = place(make("span", { class: "box" }, label === null ? null : make("b", {}, label)), sharesOf(box_xyxy, size_wh));
  if (turn) box.style.transform = `rotate(${-turn}deg)`;
  return box;
};
// Places the full crop so that its crop_box_xyxy covers box_xyxy -> shares of the source, and the origin of its turn.
export const layOver = ({ box_xyxy: box, crop_box_xyxy: inner }, size_wh, [width, height]) => {
  const [x0, y0, x1, y1] = inner ?? [0, 0, width, height];
  const [across, down] = [(box[2] - box[0]) / (x1 - x0), (box[3] - box[1]) / (y1 - y0)];
  const [left, top] = [box[0] - x0 * across, box[1] - y0 * down];
  return {
    shares: sharesOf([left, top, left + width * across, top + height * down], size_wh),
    origin: `${(50 * (x0 + x1)) / width}% ${(50 * (y0 + y1)) / height}%`,
  };
};
