// Values to take away: a row each, with a button that copies it.
import { make, makeButton } from "./make.js";
import { say } from "./notes.js";

// Browsers give the clipboard to secure pages only; elsewhere the text is marked, ready for Ctrl+C.
const copy = async (text, node) => {
  try {
    await navigator.clipboard.writeText(text);
    say("Copied");
  } catch {
    getSelection().selectAllChildren(node);
    say("Marked: press Ctrl+C to copy");
  }
};
// rows: [["Box", "612, 96, 912, 316"], ...]
export const makeCopyList = (rows) => make("dl", { class: "copies" }, ...rows.map(([name, text]) => {
  const value = make("code", {}, text);
  return make("div", {}, make("dt", {}, name),
    make("dd", {}, value, makeButton("Copy", () => copy(text, value), { class: "plain", "aria-label": `Copy ${name}` })));
}));
