// The dialog with one photo, large, and its report; over the view that it was opened from.
import { pictureOf, tell } from "./api.js";
import { factsOf, makeAnswers } from "./answers.js";
import { decisionKeys } from "./decisions.js";
import { makeDecisionButtons } from "./decision_buttons.js";
import { bind } from "./shortcuts.js";
import { make, makeButton, makeIcon, nameOf } from "./dom.js";
import { makeSourceFinder } from "./similar.js";
import { makeEmpty, makeFailure, makeLoading, showMessage } from "./messages.js";
import { loadPhotos, onChange, photoOf } from "./photo_store.js";
import { hrefOf, merge, note, read } from "./router.js";
import { repairedName, download } from "./downloads.js";
import { makeBeforeAfter } from "./before_after.js";

// neighbour(id, by): the id of the photo before or after, or null. closed(id): where it ended.
export const makeDetail = ({ neighbour, closed }) => {
  const dialog = make("dialog", { class: "detail", "aria-labelledby": "detail-name" });
  let [open, unbind] = [null, () => {}];
  const close = () => dialog.close();
  const step = (by) => {
    const next = neighbour(open, by);
    if (next) show(next);
  };
  dialog.addEventListener("close", () => {
    if (dialog.open) return; // the browser tells late: it was opened again meanwhile
    unbind();
    const last = open;
    open = null;
    closed(last);
  });
  dialog.addEventListener("click", (event) => event.target === dialog && close());
  onChange((id) => id === open && dialog.open && dialog.querySelector(".decider")?.redraw());

  const draw = async () => {
    const id = open;
    dialog.replaceChildren(makeTop(id, "", step, close, neighbour), makeLoading("Loading"));
    try {
      await loadPhotos([id]);
    } catch (failure) {
      if (id === open) dialog.lastChild.replaceWith(makeFailure(failure, draw));
      return;
    }
    const photo = photoOf(id);
    if (id !== open) return;
    if (photo) dialog.replaceChildren(makeTop(id, nameOf(photo), step, close, neighbour), makeStage(photo), makeSide(photo));
    else dialog.lastChild.replaceWith(makeEmpty("Not found", make("p", {}, "The library has no photo with this id.")));
  };
  const show = (id) => {
    const again = dialog.open;
    open = id;
    if (read().params.photo !== id) note(read().view, { ...read().params, photo: id, at: id });
    draw();
    if (again) return;
    if (!dialog.isConnected) document.body.append(dialog);
    dialog.showModal();
    unbind();
    unbind = bind("This photo", [
      { keys: ["ArrowLeft"], words: "Previous photo", run: () => step(-1) },
      { keys: ["ArrowRight"], words: "Next photo", run: () => step(1) },
      ...decisionKeys(() => open)], dialog);
  };
  return { show, close, isOpen: () => dialog.open, at: () => open };
};
const makeTop = (id, name, step, close, neighbour) => make("header", { class: "dialog-top" },
  make("h2", { id: "detail-name" }, name),
  makeStep("left", "Previous", () => step(-1), { disabled: !neighbour(id, -1) }),
  makeStep("right", "Next", () => step(1), { disabled: !neighbour(id, 1) }), makeButton("Close", close));
const makeStep = (icon, words, act, values) =>
  makeButton(makeIcon(icon), act, { class: "step", "aria-label": words, title: words, ...values });

const makeStage = (photo) => {
  const image = () => make("img", { src: pictureOf(photo.id, 2048), alt: nameOf(photo) });
  if (photo.error) return make("div", { class: "stage" }, makeEmpty("Cannot be read", make("p", {}, photo.error.message)));
  if (!photo.squish?.squished) return make("div", { class: "stage" }, image());
  const { width_ratio: across, height_ratio: down } = photo.squish;
  return make("div", { class: "stage" },
    makeBeforeAfter(image(), image(), ["File", "Repaired"], (photo.width / across) / (photo.height / down)));
};
const saveRepaired = async (photo) => {
  try {
    download(await tell("POST", "v1/fix", { id: photo.id }, "blob"), repairedName(nameOf(photo)));
  } catch (failure) {
    showMessage(`Not repaired: ${failure.message}`, { failed: true });
  }
};
const makeSide = (photo) => {
  const { params } = read();
  return make("div", { class: "side" }, makeDecisionButtons(photo.id), make("p", { class: "quiet path" }, photo.path),
    make("p", { class: "quiet" }, factsOf(photo)), makeAnswers(photo),
    make("p", { class: "links" },
      makeButton("Similar photos", () => merge({ like: photo.id, photo: null, at: null }), { disabled: Boolean(photo.error) }),
      make("a", { class: "button", href: hrefOf("cull", { ...params, like: null, photo: null, at: photo.id }) }, "Cull from here")),
    photo.squish?.squished && makeButton("Save the repaired copy", () => saveRepaired(photo)),
    photo.error ? null : makeSourceFinder(photo.id));
};
