// Pictures of dropped files. Those far from view are released; formats that the browser cannot display are converted by the server.
import { send } from "./api.js";
import { make } from "./dom.js";

const near = new IntersectionObserver((entries) => {
  for (const { target, isIntersecting } of entries) {
    if (isIntersecting) draw(target);
    else release(target);
  }
}, { rootMargin: "800px" });
const sources = new WeakMap(); // image -> { blob, url }

const draw = (image) => {
  const source = sources.get(image);
  if (source.url) return;
  source.url = URL.createObjectURL(source.blob);
  image.src = source.url;
};
const release = (image) => {
  const source = sources.get(image);
  if (!source.url) return;
  image.removeAttribute("src");
  URL.revokeObjectURL(source.url);
  source.url = null;
};
const swap = (image, blob) => {
  release(image);
  sources.set(image, { blob, url: null });
  draw(image);
};

const OTHER = /\.(heic|heif|tiff?|jp2|j2k|jpx|avif)$/i; // what some browsers do not draw

// A JPEG of such a file, or a text if the server makes none.
const ask = async (image, file) => {
  try {
    if (!OTHER.test(file.name ?? "")) throw new Error("no picture");
    swap(image, await send("v1/preview?size=1024", [["file", file]], { type: "blob" }));
  } catch {
    near.unobserve(image);
    image.dispatchEvent(new Event("undrawable"));
    image.replaceWith(make("span", { class: "no-picture" }, "Your browser cannot display this file"));
  }
};

// An image of a File or Blob, as large as its style says. lazy: only while it is near the view.
export const makeFileImage = (file, alt, { lazy = true } = {}) => {
  const image = make("img", { alt, decoding: "async" });
  sources.set(image, { blob: file, url: null });
  let asked = false;
  image.addEventListener("error", () => {
    if (asked || !image.getAttribute("src")) return;
    asked = true;
    ask(image, file);
  });
  if (lazy) near.observe(image);
  else draw(image);
  return image;
};
export const forget = (root) => {
  for (const image of root.querySelectorAll("img")) {
    if (!sources.has(image)) continue;
    near.unobserve(image);
    release(image);
  }
};
