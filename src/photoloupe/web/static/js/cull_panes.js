// The panes of the cull view: one, two or four photos side by side, each fitted into its pane.
import { pictureOf } from "./api.js";
import { makeBadges, scoreOf } from "./answers.js";
import { make, nameOf } from "./dom.js";
import { photoOf } from "./photo_store.js";

const SIZES_PX = [1024, 2048, 4096]; // what the server makes
const AHEAD = [1, 2, -1];

export const makePane = () => {
  const pane = make("figure", { class: "pane" }, make("div", { class: "well" }), make("figcaption"));
  pane.photoId = null;
  return pane;
};
const sizeFor = (pane, scale) => {
  const wanted = Math.max(pane.clientWidth, pane.clientHeight) * Math.min(devicePixelRatio, 2) * scale;
  return SIZES_PX.find((size) => size >= wanted * 0.9) ?? SIZES_PX.at(-1);
};
const makeImage = (id, size) => {
  const image = make("img", { src: pictureOf(id, size), alt: photoOf(id) ? nameOf(photoOf(id)) : "", draggable: false });
  image.dataset.size = size;
  image.addEventListener("error", () => image.replaceWith(
    make("span", { class: "no-picture" }, photoOf(id)?.error?.message ?? "The picture cannot be shown")));
  return image;
};

// id: null for a place that stays empty.
export const fillPane = (pane, id, active) => {
  const [well, caption] = pane.children;
  pane.classList.toggle("active", active);
  if (pane.photoId !== id) {
    pane.photoId = id;
    well.replaceChildren(id === null ? "" : makeImage(id, sizeFor(pane, 1)));
  }
  const photo = id === null ? null : photoOf(id);
  pane.dataset.decision = photo?.decision ?? "";
  if (!photo) return caption.replaceChildren();
  const image = well.querySelector("img");
  if (image) image.alt = nameOf(photo);
  if (photo.error && image) well.replaceChildren(make("span", { class: "no-picture" }, photo.error.message));
  return caption.replaceChildren(...[
    scoreOf(photo) === null ? null : make("b", {}, scoreOf(photo).toFixed(1)),
    photo.best ? make("span", { class: "best" }, "Best of its burst") : null,
    makeBadges(photo), make("span", { class: "name" }, nameOf(photo))].filter(Boolean));
};
// A closer look wants more pixels; the small picture stays until they are there.
export const sharpen = async (pane, scale) => {
  const image = pane.querySelector("img");
  const size = sizeFor(pane, scale);
  if (!image || pane.photoId === null || Number(image.dataset.size) >= size) return;
  image.dataset.size = size;
  const sharp = new Image();
  sharp.src = pictureOf(pane.photoId, size);
  try {
    await sharp.decode();
  } catch {
    return;
  }
  if (image.isConnected) image.src = sharp.src;
};
// The next ones are fetched while this one is looked at.
const ahead = new Map();
export const prefetch = (ids, at, pane) => {
  const near = AHEAD.map((by) => ids[at + by]).filter(Boolean);
  for (const id of ahead.keys()) if (!near.includes(id)) ahead.delete(id);
  for (const id of near) {
    if (ahead.has(id) || photoOf(id)?.error) continue;
    ahead.set(id, Object.assign(new Image(), { src: pictureOf(id, sizeFor(pane, 1)) }));
  }
};
