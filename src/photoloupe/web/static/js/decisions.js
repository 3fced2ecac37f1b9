// Saves decisions and undoes them, with a message; the shortcuts for every view.
import { decide, photoOf, undo } from "./photo_store.js";
import { many, nameOf } from "./dom.js";
import { showMessage } from "./messages.js";

const inWords = (change) => {
  if ("rating" in change) return change.rating ? many(change.rating, "star") : "no stars";
  return change.decision ? { keep: "kept", reject: "rejected" }[change.decision] : "undecided";
};
const called = (id) => (photoOf(id) ? nameOf(photoOf(id)) : "the photo");

// The same key again takes the decision back.
export const toggledChange = (id, change) => {
  const [[key, value]] = Object.entries(change);
  return { [key]: photoOf(id)?.[key] === value ? null : value };
};
// -> true if it was saved; a failure is shown, with a button to try again.
export const give = async (id, change, { quiet = false } = {}) => {
  try {
    await decide(id, change);
    if (!quiet) showMessage(`${called(id)}: ${inWords(change)}`);
    return true;
  } catch (failure) {
    showMessage(`${called(id)} was not ${inWords(change)}: ${failure.message}`, {
      failed: true, action: { words: "Try again", run: () => give(id, change) },
    });
    return false;
  }
};
// -> the photo whose decision was undone, or null.
export const undoDecision = async () => {
  try {
    const photo = await undo();
    showMessage(`Undone: ${nameOf(photo)}`);
    return photo;
  } catch (failure) {
    const nothing = failure.code === "nothing_to_undo";
    showMessage(nothing ? "There is nothing to undo" : `Not undone: ${failure.message}`, { failed: !nothing });
    return null;
  }
};
const decisionKey = (key, decision, words, idOf, after) => ({
  keys: [key], words, run: () => choose(idOf, { decision }, after),
});
const choose = (idOf, change, after) => {
  const id = idOf();
  if (id === null) return;
  const wanted = toggledChange(id, change);
  give(id, wanted, { quiet: Boolean(after) });
  after?.(Object.values(wanted)[0] !== null);
};
// The rows of a key table; idOf: which photo, or null; after(decided): what then.
export const decisionKeys = (idOf, after = null, afterUndo = null) => [
  decisionKey("k", "keep", "Keep (again to undo)", idOf, after),
  decisionKey("x", "reject", "Reject (again to undo)", idOf, after),
  { keys: ["1", "2", "3", "4", "5"], range: "1 to 5", words: "Stars",
    run: (event) => choose(idOf, { rating: Number(event.key) }, after) },
  { keys: ["0"], words: "No stars", run: () => idOf() !== null && give(idOf(), { rating: null }) },
  { keys: ["u", "undo"], words: "Undo the last decision", run: async () => {
    const photo = await undoDecision();
    if (photo) afterUndo?.(photo);
  } },
];
