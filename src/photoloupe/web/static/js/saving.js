// Hands a blob to the browser's downloads.
import { make } from "./make.js";

const READ_MS = 60_000; // when the browser has surely read it

export const saveAs = (blob, name) => {
  const url = URL.createObjectURL(blob);
  make("a", { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), READ_MS);
};
