// Finds similar photos and sources, for a photo of the library or a dropped one.
import { Failure, get, send, tell, thumbnailOf } from "./api.js";
import { isExample, exampleFile } from "./search_example.js";
import { make, makeButton, nameOf, percent } from "./dom.js";
import { makeFailure, makeLoading } from "./messages.js";
import { keep, loadPhotos, photoOf } from "./photo_store.js";
import { makeRelations } from "./relations.js";
import { merge } from "./router.js";
import { makeFileImage } from "./file_images.js";

const COUNT = 100;
const fileOf = (like) => {
  const file = exampleFile(like);
  if (!file) throw new Failure("no_example", "A dropped photo is lost when the page is reloaded. Drop it again.");
  return file;
};
// -> { ids, noteOf }: the nearest first, with how near
export const findSimilar = async (like, signal) => {
  const { photos } = isExample(like) ? await send(`v1/similar?count=${COUNT}`, [["file", fileOf(like)]], { signal })
    : await get("v1/similar", { id: like, count: COUNT }, signal);
  const near = new Map(photos.map((photo) => [photo.id, photo.likeness]));
  for (const photo of photos) keep(photo);
  return { ids: [...near.keys()], noteOf: (id) => (near.has(id) ? percent(near.get(id)) : null) };
};
export const findSource = async (like) => {
  const { relations } = isExample(like) ? await send("v1/source", [["file", fileOf(like)]])
    : await tell("POST", "v1/source", { id: like });
  return relations;
};
// A button that is replaced by its answer.
export const makeSourceFinder = (like) => {
  const box = make("div", { class: "source-finder" });
  const find = async () => {
    box.replaceChildren(makeLoading("Searching for its source"));
    try {
      box.replaceChildren(makeRelations(await findSource(like)));
    } catch (failure) {
      box.replaceChildren(makeFailure(failure, find));
    }
  };
  box.append(makeButton("Find its source", find));
  return box;
};
export const makeExample = async (like) => {
  let [picture, name] = [null, "the dropped photo"];
  if (isExample(like)) {
    const file = exampleFile(like);
    if (!file) return make("div", { class: "example" }, makeButton("Back to all photos", () => merge({ like: null })));
    [picture, name] = [makeFileImage(file, ""), file.name || name];
  } else {
    await loadPhotos([like]).catch(() => {});
    picture = make("img", { src: thumbnailOf(like), alt: "" });
    name = photoOf(like) ? nameOf(photoOf(like)) : "a photo";
  }
  return make("div", { class: "example" }, make("span", { class: "well" }, picture),
    make("p", {}, make("b", {}, "Most similar to "), name), makeSourceFinder(like),
    makeButton("Back to all photos", () => merge({ like: null })));
};
