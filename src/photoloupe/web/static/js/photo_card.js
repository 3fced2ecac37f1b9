// The card of one dropped photo: waiting, progress, then the report or the failure.
import { send } from "./api.js";
import { factsOf, makeAnswers } from "./answers.js";
import { setExample } from "./search_example.js";
import { make, makeButton, megabytes } from "./dom.js";
import { titleOf } from "./messages.js";
import { go } from "./router.js";
import { repairedName, download } from "./downloads.js";
import { forget, makeFileImage } from "./file_images.js";
import { makeBeforeAfter } from "./before_after.js";

const AGAIN = [0, 401, 429, 503]; // failures that another try may mend

export const fileLabel = (file) => file.name || "pasted picture";
export const makeCard = (file) => {
  const body = make("div", { class: "body" }, makeHead(file, megabytes(file.size)), make("p", { class: "state quiet" }, "Waiting"));
  const picture = make("div", { class: "well" }, makeFileImage(file, fileLabel(file)));
  const card = make("article", { class: "photo-card", "aria-label": fileLabel(file) }, picture, body);
  return { file, card, body, picture, stop: new AbortController() };
};
const makeHead = (file, words) => make("header", {}, make("h2", {}, fileLabel(file)), make("p", { class: "quiet" }, words));

export const drawState = ({ file, card, body }, words) => {
  card.classList.remove("failed");
  body.replaceChildren(makeHead(file, megabytes(file.size)), make("p", { class: "state quiet" }, make("span", { class: "spinner" }), words));
};
export const drawFailure = ({ file, card, body }, failure, retry) => {
  card.classList.add("failed");
  body.replaceChildren(makeHead(file, megabytes(file.size)),
    make("p", { class: "problem", role: "alert" }, make("b", {}, titleOf(failure)), ` ${failure.message}`),
    AGAIN.includes(failure.status) ? makeButton("Try again", retry) : "");
};
// library: is one served, so that the photo can be looked for in it?
export const drawReport = (job, report, library) => {
  const { file, body } = job;
  const links = make("p", { class: "links" });
  const words = [factsOf(report), megabytes(file.size)].filter(Boolean).join(" · ");
  body.replaceChildren(makeHead(file, words), makeAnswers(report), links);
  if (library) {
    links.append(makeButton("Find similar photos in the library", () => go("library", { like: setExample(file) }), { class: "plain" }));
  }
  if (report.squish?.squished) drawRepair(job, links);
};
const drawRepair = async ({ file, card, picture, stop }, links) => {
  const wait = make("p", { class: "state" }, "Repairing");
  picture.append(wait);
  try {
    const repaired = await send("v1/fix?shrink=false", [["file", file]], { type: "blob", signal: stop.signal });
    const before = makeFileImage(file, `${fileLabel(file)}, as the file is`);
    const after = makeFileImage(repaired, `${fileLabel(file)}, repaired`);
    forget(picture);
    picture.replaceChildren(makeBeforeAfter(before, after, ["File", "Repaired"]));
    card.classList.add("repaired");
    links.prepend(makeButton("Save the repaired copy",
      () => download(repaired, repairedName(fileLabel(file))), { class: "plain" }));
  } catch (failure) {
    if (failure.name !== "AbortError") wait.textContent = `Not repaired: ${failure.message}`;
  }
};
