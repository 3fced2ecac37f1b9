// The sources of a photo, each with the box of the crop.
import { pictureOf } from "./api.js";
import { makeBox } from "./boxes.js";
import { make, nameOf, sure } from "./dom.js";
import { merge } from "./router.js";

export const makeBoxed = (photo, boxes, size = 1024) => {
  const image = make("img", { src: pictureOf(photo.id, size), alt: `${nameOf(photo)} with ${boxes.length === 1 ? "its crop's box" : "its crops' boxes"}`, loading: "lazy", decoding: "async" });
  const node = make("span", { class: "boxed" }, image, ...boxes);
  node.style.aspectRatio = photo.width ? `${photo.width} / ${photo.height}` : "3 / 2";
  return node;
};
export const boxOf = (photo, { box_xyxy: box, turn }, label = null) =>
  (box && photo.width ? makeBox(box, [photo.width, photo.height], label, turn) : null);

const makeRelation = ({ source, crop }) => {
  const box = boxOf(source, crop);
  return make("figure", { class: "relation" },
    make("button", { type: "button", class: "bare", "aria-label": `Show ${nameOf(source)}`, on: { click: () => merge({ photo: source.id }) } },
      makeBoxed(source, box ? [box] : [])),
    make("figcaption", {}, make("b", {}, source.path), make("p", { class: "quiet" },
      `${crop.words ?? crop.verdict}${crop.confidence ? `, ${sure(crop.confidence)}` : ""}`)));
};
export const makeRelations = (relations) => (relations.length
  ? make("div", { class: "relations" }, ...relations.map(makeRelation))
  : make("p", { class: "quiet" }, "It is not a crop of any photo in the library."));
