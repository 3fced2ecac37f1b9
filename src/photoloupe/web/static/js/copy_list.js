// A list of values, each with a button that copies it.
import { make, makeButton } from "./dom.js";
import { showMessage } from "./messages.js";

// Browsers give the clipboard to secure pages only; elsewhere the text is selected, ready for Ctrl+C.
const copy = async (text, node) => {
  try {
    await navigator.clipboard.writeText(text);
    showMessage("Copied");
  } catch {
    getSelection().selectAllChildren(node);
    showMessage("Selected; press Ctrl+C to copy");
  }
};
// rows: [["Box", "612, 96, 912, 316"], ...]
export const makeCopyList = (rows) => make("dl", { class: "copies" }, ...rows.map(([name, text]) => {
  const value = make("code", {}, text);
  return make("div", {}, make("dt", {}, name),
    make("dd", {}, value, makeButton("Copy", () => copy(text, value), { class: "plain", "aria-label": `Copy ${name}` })));
}));
