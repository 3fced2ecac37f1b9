// One photo of the contact sheet: its picture as large as it fits, score, marks, name.
import { thumbnailOf } from "./api.js";
import { makeBadges, scoreOf } from "./answers.js";
import { make, nameOf } from "./dom.js";
import { photoOf } from "./photo_store.js";

export const makeCell = (id, place, all) => {
  const cell = make("div", { class: "cell", role: "option", id: `cell-${place}`, "data-place": place,
    "aria-setsize": all, "aria-posinset": place + 1, "aria-label": `Photo ${place + 1}` },
  make("span", { class: "thumb" }), make("span", { class: "caption" }));
  cell.photoId = id;
  return cell;
};

const describe = (photo) => [
  nameOf(photo), scoreOf(photo) === null ? null : `score ${scoreOf(photo).toFixed(1)}`,
  photo.selfie?.is_selfie && "selfie", photo.squish?.squished && "squished", photo.decision,
  photo.rating && `${photo.rating} stars`, photo.error && "cannot be read",
].filter(Boolean).join(", ");

// Called again and again; fresh: the photo has changed. large: a sharper thumbnail.
export const fillCell = (cell, note, large, fresh = false) => {
  const [thumb, caption] = cell.children;
  const photo = photoOf(cell.photoId);
  if (!thumb.firstChild && !photo?.error) thumb.append(makeThumb(cell.photoId, large ? 640 : 320));
  if (!photo || (caption.firstChild && !fresh)) return;
  if (photo.error) thumb.replaceChildren(make("span", { class: "no-picture" }, "Cannot be read"));
  const score = scoreOf(photo);
  cell.setAttribute("aria-label", describe(photo));
  cell.title = photo.path;
  cell.dataset.decision = photo.decision ?? "";
  caption.replaceChildren(make("b", {}, score === null ? "–" : score.toFixed(1)),
    note(photo.id) ? make("span", { class: "note-word" }, note(photo.id)) : "", makeBadges(photo),
    make("span", { class: "name" }, nameOf(photo)));
};
const makeThumb = (id, size) => {
  const image = make("img", { alt: "", decoding: "async", draggable: false, src: thumbnailOf(id, size) });
  image.addEventListener("load", () => image.classList.add("there"));
  image.addEventListener("error", () => image.replaceWith(make("span", { class: "no-picture" }, "No picture")));
  return image;
};
// A picture still on its way is not waited for.
export const emptyCell = (cell) => {
  const image = cell.querySelector("img");
  if (image && !image.complete) image.removeAttribute("src");
};
