// Downloads a blob as a file.
import { make } from "./dom.js";

const READ_MS = 60_000; // when the browser has surely read it

// Never the photo's own name: the downloads may be where the photo is.
export const repairedName = (name) => name.replace(/(\.[^.]*)?$/, "-repaired$1");
export const download = (blob, name) => {
  const url = URL.createObjectURL(blob);
  make("a", { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), READ_MS);
};
