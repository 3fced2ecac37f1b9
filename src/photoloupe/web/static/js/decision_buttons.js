// Keep, reject and stars as buttons, for fingers and mice.
import { give, toggledChange } from "./decisions.js";
import { make, makeButton, makeIcon } from "./dom.js";
import { photoOf } from "./photo_store.js";

const STARS = [1, 2, 3, 4, 5];

// after(id, decided): what then; without it only the buttons change. `redraw` is on the node.
export const makeDecisionButtons = (id, after = null) => {
  let shown = id;
  const choose = (change) => {
    const wanted = toggledChange(shown, change);
    give(shown, wanted, { quiet: Boolean(after) });
    after?.(Object.values(wanted)[0] !== null);
  };
  const makeChoice = (decision, words, icon, key) => makeButton(words, () => choose({ decision }), {
    class: `choice ${decision}`, "aria-keyshortcuts": key });
  const reject = makeChoice("reject", "Reject", "cross", "x");
  const keep = makeChoice("keep", "Keep", "cull", "k");
  const stars = STARS.map((rating) => makeButton("", () => choose({ rating }), {
    class: "star", "aria-label": rating === 1 ? "1 star" : `${rating} stars`, "aria-keyshortcuts": String(rating) }));
  for (const star of stars) star.append(makeIcon("star"));
  reject.prepend(makeIcon("cross"));
  keep.prepend(makeIcon("cull"));
  const node = make("div", { class: "decider", role: "group", "aria-label": "Your decision" }, reject,
    make("span", { class: "stars", role: "group", "aria-label": "Stars" }, ...stars), keep);
  node.redraw = (other = shown) => {
    shown = other;
    const photo = photoOf(shown);
    reject.setAttribute("aria-pressed", String(photo?.decision === "reject"));
    keep.setAttribute("aria-pressed", String(photo?.decision === "keep"));
    for (const [at, star] of stars.entries()) {
      star.classList.toggle("lit", at < (photo?.rating ?? 0));
      star.setAttribute("aria-pressed", String(at + 1 === photo?.rating));
    }
  };
  node.redraw();
  return node;
};
