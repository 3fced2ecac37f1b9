// Each source with the boxes of its crops, and the crops next to it.
import { get, thumbnailOf } from "../api.js";
import { makeDetail } from "../photo_detail.js";
import { boxOf, makeBoxed } from "../relations.js";
import { make, makeButton, many, nameOf, sure } from "../dom.js";
import { makeEmpty, makeFailure, makeLoading, makeNoLibrary } from "../messages.js";
import { keep } from "../photo_store.js";
import { merge, note, read } from "../router.js";

const STEP = 24;
const ASK_AGAIN_MS = 1500;
const list = make("div", { class: "families" });
const root = make("section", { class: "view" }, make("h1", { class: "unseen" }, "Crop families"), list);
let [families, order, drawn, opener] = [null, [], 0, null];

const open = (id) => merge({ photo: id });
const detail = makeDetail({
  neighbour: (id, by) => order[order.indexOf(id) + by] ?? null,
  closed: () => {
    if (read().view === "families") note("families", {});
    opener?.focus();
  },
});
const makeOpener = (photo, values, ...inside) => make("button", { type: "button", class: "bare",
  "aria-label": `Show ${nameOf(photo)}`, title: photo.path, ...values,
  on: { click: (event) => { opener = event.currentTarget; open(photo.id); }, ...values.on } }, ...inside);

const makeCrop = (crop, at, box) => {
  const light = (on) => () => box?.classList.toggle("lit", on);
  const words = [sure(crop.confidence), crop.verdict === "crop" ? null : crop.verdict].filter(Boolean).join(", ");
  return makeOpener(crop.photo, { class: "bare crop-of", on: { mouseenter: light(true), mouseleave: light(false), focus: light(true), blur: light(false) } },
    make("span", { class: "thumb" }, make("img", { src: thumbnailOf(crop.photo.id), alt: "", loading: "lazy" })),
    make("span", { class: "caption" }, make("b", {}, String(at + 1)), make("span", { class: "name" }, nameOf(crop.photo)), make("span", { class: "quiet" }, words)));
};
const makeFamily = ({ source, crops }) => {
  const boxes = crops.map((crop, at) => boxOf(source, crop, String(at + 1)));
  return make("article", { class: "family", "aria-label": nameOf(source) },
    make("div", {}, makeOpener(source, {}, makeBoxed(source, boxes.filter(Boolean))),
      make("h2", {}, nameOf(source)), make("p", { class: "quiet" }, many(crops.length, "crop"), source.width ? ` · ${source.width} × ${source.height}` : "")),
    make("div", { class: "crops-of" }, ...crops.map((crop, at) => makeCrop(crop, at, boxes[at]))));
};
const more = makeButton("Show more", () => drawMore());
const drawMore = () => {
  list.append(...families.slice(drawn, drawn + STEP).map(makeFamily), more);
  drawn += STEP;
  more.hidden = drawn >= families.length;
};
new IntersectionObserver((entries) => {
  if (entries.some((entry) => entry.isIntersecting) && families) drawMore();
}, { rootMargin: "1200px" }).observe(more);

const makeNone = ({ state, ready, message }) => {
  if (ready) return makeEmpty("No crop families", make("p", {}, "No photo of the library is a crop of another."));
  return makeEmpty(state === "not_installed" ? "Crop search is not installed" : "Crops have not been searched for",
    make("p", {}, message ?? "The catalog has no crop features: photoloupe scan --crops"));
};
const makeTally = (found) => make("p", { class: "quiet found" }, many(found.length, "source"), ", ",
  many(found.reduce((sum, { crops }) => sum + crops.length, 0), "crop"));

const take = (found) => {
  for (const { source, crops } of found) [source, ...crops.map(({ photo }) => photo)].forEach((photo) => keep(photo));
  order = [...new Set(found.flatMap(({ source, crops }) => [source.id, ...crops.map(({ photo }) => photo.id)]))];
  [families, drawn] = [found, 0];
  list.replaceChildren(makeTally(found));
  drawMore();
};
const load = async () => {
  list.replaceChildren(makeLoading("Searching for crop families"));
  try {
    let answer = await get("v1/crops");
    while (answer.state === "searching") { // it compares pictures: seconds to minutes
      await new Promise((done) => setTimeout(done, ASK_AGAIN_MS));
      if (!root.isConnected) return;
      answer = await get("v1/crops");
    }
    if (answer.families.length) take(answer.families);
    else list.replaceChildren(makeNone(answer));
  } catch (failure) {
    list.replaceChildren(makeFailure(failure, load));
  }
};
const draw = async (params) => {
  if (!families) await load();
  if (params.photo) detail.show(params.photo);
};
const show = (params, about) => {
  if (!about.library) return list.replaceChildren(makeNoLibrary());
  if (!params.photo && detail.isOpen()) detail.close();
  return void draw(params);
};
export const familiesView = { title: "Families", root, show, renew: () => { families = null; }, hide: () => detail.isOpen() && detail.close(), keys: [] };
