// Keyboard shortcuts of the open view: one table runs them, and "?" lists it.
import { make, makeButton } from "./dom.js";

const SHOWN = { ArrowLeft: "←", ArrowRight: "→", ArrowUp: "↑", ArrowDown: "↓", " ": "Space", Escape: "Esc" };
let tables = [];

const ANYWHERE = "anywhere";
const SHIFTED = ["?", "+", "_"]; // keys that some keyboards have above another

// table: [{ keys: ["k"], shift: true, words: "Keep", run: (event) => ... }]; without words it is not
// listed, without run only listed. scope: the dialog in which these keys hold, null for the page.
export const bind = (title, table, scope = null) => {
  const entry = { title, table, scope };
  tables.push(entry);
  return () => {
    tables = tables.filter((other) => other !== entry);
  };
};

const isTyping = (node) => node.closest("input:not([type=checkbox], [type=radio], [type=range], [type=file]), textarea, select") !== null;
const wants = (node, key) =>
  ([" ", "Enter"].includes(key) && node.closest("button, a, summary, label") !== null) ||
  (key.startsWith("Arrow") && node.closest("input[type=range], [role=radiogroup], [data-own-arrows]") !== null);

const onKey = (event) => {
  if (event.defaultPrevented || event.altKey || !(event.target instanceof Element)) return;
  if (isTyping(event.target) || wants(event.target, event.key)) return;
  if ((event.ctrlKey || event.metaKey) && event.key !== "z") return;
  const name = event.ctrlKey || event.metaKey ? "undo" : event.key.length === 1 ? event.key.toLowerCase() : event.key;
  const scope = topDialog();
  for (const entry of tables.slice().reverse()) {
    if (entry.scope !== scope && entry.scope !== ANYWHERE) continue;
    const found = entry.table.find((row) => row.run && row.keys.includes(name)
      && (!row.shift === !event.shiftKey || SHIFTED.includes(name)));
    if (!found) continue;
    event.preventDefault();
    found.run(event);
    return;
  }
};
const topDialog = () => {
  const help = document.getElementById("keys");
  return help.open ? help : document.querySelector("dialog[open]");
};

const makeRow = ({ keys, shift, words, range }) => {
  const shown = (range ? [range] : keys.filter((key) => key !== "undo"))
    .map((key) => make("kbd", {}, SHOWN[key] ?? (key.length === 1 ? key.toUpperCase() : key)));
  return [
    make("dt", {}, ...(shift ? [make("kbd", {}, "Shift")] : []).concat(shown).flatMap((key) => [key, " "])),
    make("dd", {}, words),
  ];
};
export const toggleHelp = () => {
  const dialog = document.getElementById("keys");
  if (dialog.open) return dialog.close();
  const scope = topDialog();
  const lists = tables.filter((entry) => entry.scope === scope || entry.scope === ANYWHERE).map(({ title, table }) => [
    make("h3", {}, title), make("dl", {}, ...table.filter((row) => row.words).flatMap(makeRow))]);
  dialog.replaceChildren(
    make("div", { class: "dialog-top" }, make("h2", { id: "keys-title" }, "Keys"), makeButton("Close", () => dialog.close())),
    ...lists.reverse().flat());
  return dialog.showModal();
};
export const start = () => {
  document.addEventListener("keydown", onKey);
  document.getElementById("show-keys").addEventListener("click", toggleHelp);
  const dialog = document.getElementById("keys");
  dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
  bind("Everywhere", [
    { keys: ["?"], words: "Show or hide this list", run: toggleHelp },
    { keys: ["Tab"], words: "Next button or link" },
    { keys: ["Escape"], words: "Close the open dialog" }], ANYWHERE);
};
