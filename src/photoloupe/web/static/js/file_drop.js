// Files dropped onto the page (folders too), pasted, or chosen.
import { make } from "./dom.js";

let taker = null; // the open view's function; null where files are of no use

export const onFiles = (take) => {
  taker = take;
  return () => {
    if (taker === take) taker = null;
  };
};

// A label around an input of files: reached by Tab, opened by Space.
export const makeChooser = (words, take, { multiple = true } = {}) => {
  const input = make("input", { type: "file", multiple, class: "unseen" });
  input.addEventListener("change", () => {
    const files = [...input.files];
    input.value = "";
    if (files.length) take(files);
  });
  return make("label", { class: "button chooser" }, input, ...[words].flat());
};

const filesUnder = async (entry) => {
  if (entry.isFile) return new Promise((resolve) => entry.file((file) => resolve([file]), () => resolve([])));
  const reader = entry.createReader();
  const found = [];
  for (;;) { // a reader gives a hundred at a time
    const entries = await new Promise((resolve) => reader.readEntries(resolve, () => resolve([])));
    if (!entries.length) return found;
    for (const inner of entries) found.push(...await filesUnder(inner));
  }
};
const filesOf = async (transfer) => {
  const entries = [...transfer.items].filter((item) => item.kind === "file").map((item) => item.webkitGetAsEntry?.());
  if (!entries.some((entry) => entry?.isDirectory)) return [...transfer.files];
  const found = await Promise.all(entries.filter(Boolean).map(filesUnder));
  return found.flat().filter((file) => !file.name.startsWith("."));
};
const hasFiles = (event) => [...event.dataTransfer?.types ?? []].includes("Files");

export const start = () => {
  let inside = 0; // dragenter and dragleave fire for every element on the way
  const show = (by) => {
    inside = by === null ? 0 : inside + by;
    document.body.classList.toggle("dragging", inside > 0 && taker !== null);
  };
  addEventListener("dragenter", (event) => hasFiles(event) && show(1));
  addEventListener("dragleave", (event) => hasFiles(event) && show(-1));
  addEventListener("dragover", (event) => hasFiles(event) && event.preventDefault());
  addEventListener("drop", async (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault(); // else the browser leaves for the file
    show(null);
    const take = taker;
    const files = await filesOf(event.dataTransfer);
    if (files.length) take?.(files, event);
  });
  addEventListener("paste", (event) => {
    const files = [...event.clipboardData?.files ?? []];
    if (files.length && taker) {
      event.preventDefault();
      taker(files, event);
    }
  });
};
