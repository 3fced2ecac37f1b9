// The strip of thumbnails below the cull view.
import { thumbnailOf } from "./api.js";
import { make, nameOf } from "./dom.js";
import { photoOf } from "./photo_store.js";

const WIDTH_PX = 76;

// open(place): the photo at that place of ids was chosen.
export const makeStrip = (open) => {
  const node = make("div", { class: "strip", role: "group", "aria-label": "Neighbouring photos" });
  const thumbs = new Map(); // id -> button
  const makeThumb = (id) => {
    const image = make("img", { src: thumbnailOf(id, 160), alt: "", draggable: false });
    image.addEventListener("error", () => image.replaceWith(make("span", { class: "no-picture" }, "–")));
    return make("button", { type: "button", class: "bare", tabIndex: -1 }, image);
  };
  const draw = (ids, at, shown) => {
    const side = Math.ceil((node.clientWidth || 800) / WIDTH_PX / 2);
    const first = Math.max(0, Math.min(at - side, ids.length - 2 * side - 1));
    const near = ids.slice(first, first + 2 * side + 1);
    for (const id of thumbs.keys()) if (!near.includes(id)) thumbs.delete(id);
    node.replaceChildren(...near.map((id, by) => {
      if (!thumbs.has(id)) thumbs.set(id, makeThumb(id));
      const thumb = thumbs.get(id);
      const photo = photoOf(id);
      thumb.onclick = () => open(first + by);
      thumb.className = `bare${shown.includes(id) ? " shown" : ""}${first + by === at ? " active" : ""}`;
      thumb.dataset.decision = photo?.decision ?? "";
      thumb.dataset.burst = photo?.burst ? (photo.best ? "best" : "in") : "";
      thumb.setAttribute("aria-label", photo ? nameOf(photo) : `Photo ${first + by + 1}`);
      return thumb;
    }));
    const active = thumbs.get(ids[at]);
    if (active) node.scrollLeft = active.offsetLeft - (node.clientWidth - active.offsetWidth) / 2;
    return near;
  };
  return { node, draw };
};
