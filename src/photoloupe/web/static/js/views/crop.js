// Two photos: is one a crop of the other, and where?
import { send } from "../api.js";
import { makeCopyList } from "../copy_list.js";
import { makeChooser, onFiles } from "../file_drop.js";
import { bind } from "../shortcuts.js";
import { make, makeButton, megabytes, percent } from "../dom.js";
import { makeFailure, makeLoading } from "../messages.js";
import { makeOverlay } from "../crop_overlay.js";
import { forget, makeFileImage } from "../file_images.js";

const files = { a: null, b: null };
let running = new AbortController();
let finish = () => {};

const slots = make("div", { class: "slots" });
const result = make("div", { class: "crop-result" });
const root = make("section", { class: "view crop" }, make("h1", { class: "unseen" }, "Crop: compare two photos"), slots, result);

const makeSlot = (part) => {
  const file = files[part];
  const put = ([first, second]) => take([first, second], part);
  if (!file) {
    return make("div", { class: "zone slot", "data-part": part }, make("b", {}, part === "a" ? "Drop two photos" : "Then the other one"),
      make("p", { class: "quiet" }, part === "a" ? "in either order, or one here" : "here"), makeChooser(part === "a" ? "Choose photos" : "Choose the other", put));
  }
  return make("figure", { class: "slot", "data-part": part }, make("div", { class: "well" }, makeFileImage(file, file.name || "pasted picture")),
    make("figcaption", {}, make("span", { class: "name" }, file.name || "pasted picture", make("span", { class: "quiet" }, megabytes(file.size))),
      makeChooser("Change", put, { multiple: false }),
      makeButton("Remove", () => { files[part] = null; draw(); slots.querySelector(`[data-part=${part}] input`).focus(); })));
};
const draw = () => {
  forget(root);
  slots.replaceChildren(makeSlot("a"), makeSlot("b"));
  compare();
};
// Two files fill both places; one fills the place it was dropped on, or the empty one.
const take = ([first, second], part = null) => {
  if (second) Object.assign(files, part === "b" ? { b: first, a: second } : { a: first, b: second });
  else files[part ?? (files.a ? "b" : "a")] = first;
  draw();
};
const onDrop = (dropped, event) => take(dropped, event?.target?.closest?.("[data-part]")?.dataset.part ?? null);

const compare = async () => {
  running.abort();
  finish();
  if (!files.a || !files.b) return result.replaceChildren();
  running = new AbortController();
  const { signal } = running;
  const wait = makeLoading("Sending");
  result.replaceChildren(wait);
  try {
    const answer = await send("v1/crop", [["a", files.a], ["b", files.b]], {
      signal, progress: (share) => { wait.lastChild.textContent = share < 1 ? `Sending, ${percent(share)}` : "Comparing"; },
      wait: (seconds) => { wait.lastChild.textContent = `The server is busy; trying again in ${seconds} s`; },
    });
    if (!signal.aborted) await drawAnswer(answer, signal);
  } catch (failure) {
    if (failure.name !== "AbortError") result.replaceChildren(makeFailure(failure, compare));
  }
};
const HEADS = {
  exact: "The same picture", rescaled: "The same picture, rescaled", crop: "A crop", edited: "A crop, edited",
  ambiguous: "A crop, but its position is uncertain", overlap: "They overlap", mirrored: "Mirrored",
  unknown: "Cannot be determined", no: "No relation",
};
const makeHead = (answer) => make("header", { class: "crop-head", role: "status" },
  make("h2", {}, HEADS[answer.verdict] ?? answer.verdict),
  ...(answer.words ?? answer.reason ?? "").split("\n").map((line) => make("p", {}, line)),
  answer.verdict === "no" && !answer.words ? make("p", {}, "Neither is a crop of the other.") : null);

const drawAnswer = async (answer, signal) => {
  const head = makeHead(answer);
  if (!answer.box_xyxy) return result.replaceChildren(head);
  const { source, crop } = answer; // "a" or "b", the parts that were sent
  const images = [makeFileImage(files[source], `The source, ${files[source].name}`, { lazy: false }),
    makeFileImage(files[crop], `The crop, ${files[crop].name}`, { lazy: false })];
  await Promise.all(images.map(isLoaded));
  if (signal.aborted) return null;
  const overlay = makeOverlay(...images, answer);
  const unbind = bind("The two pictures", overlay.keys);
  finish = () => { overlay.stop(); unbind(); };
  return result.replaceChildren(head, overlay.node, makeCoordinates(answer));
};
const isLoaded = (image) => (image.complete && image.naturalWidth ? null
  : new Promise((resolve) => {
    image.addEventListener("load", resolve);
    image.addEventListener("undrawable", resolve);
  }));

const makeCoordinates = (answer) => {
  const [x0, y0, x1, y1] = answer.box_xyxy.map(Math.round);
  const { box_xyxy: box, sensor_box_xyxy: sensor } = answer;
  return makeCopyList([
    ["Corners, px", `${x0}, ${y0}, ${x1}, ${y1}`], ["Exact", box.join(", ")],
    ["ImageMagick", `${x1 - x0}x${y1 - y0}+${x0}+${y0}`],
    sensor && String(sensor) !== String(box) ? ["Before EXIF turn", sensor.join(", ")] : null,
    ["JSON", JSON.stringify({ ...answer, source: files[answer.source].name, crop: files[answer.crop].name })],
  ].filter(Boolean));
};

export const crop = {
  title: "Crop",
  root,
  show: () => onFiles(onDrop),
  keys: [{ keys: ["o"], words: "Choose photos", run: () => slots.querySelector("input").click() }],
};
draw();
