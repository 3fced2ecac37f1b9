// The bar about a burst: which photo is best, and what to do with the others.
import { get } from "./api.js";
import { give } from "./decisions.js";
import { make, makeButton, many, nameOf } from "./dom.js";
import { showMessage } from "./messages.js";
import { loadPhotos, photoOf } from "./photo_store.js";
import { hrefOf, read } from "./router.js";

const known = new Map(); // burst -> ids

const membersOf = async (burst) => {
  if (!known.has(burst)) known.set(burst, (await get("v1/index", { burst, sort: "path" })).ids);
  await loadPhotos(known.get(burst));
  return known.get(burst);
};
const keepBest = async (best, ids) => {
  const others = ids.filter((id) => id !== best);
  const written = [await give(best, { decision: "keep" }, { quiet: true })];
  for (const id of others) written.push(await give(id, { decision: "reject" }, { quiet: true }));
  if (written.every(Boolean)) showMessage(`Best kept, ${many(others.length, "other")} rejected. Undo reverts them one by one.`);
};

// goTo(id): shows that photo, if it is among those of the view. -> { node, draw, toBest }
export const makeBurst = (goTo) => {
  const node = make("div", { class: "burst", hidden: true });
  let [shown, best] = [null, null];
  const draw = async (id) => {
    const burst = photoOf(id)?.burst ?? null;
    shown = id;
    if (!burst) {
      [node.hidden, best] = [true, null];
      return;
    }
    let ids;
    try {
      ids = await membersOf(burst);
    } catch {
      return; // only a suggestion
    }
    if (shown !== id) return;
    best = ids.find((member) => photoOf(member)?.best) ?? null;
    node.hidden = ids.length < 2;
    node.replaceChildren(make("span", {}, make("b", {}, `Burst of ${ids.length}`), best === id ? ": this is the best" : best ? `: best is ${nameOf(photoOf(best))}` : ""),
      ...actions(id, ids, burst));
  };
  const actions = (id, ids, burst) => [
    best && best !== id ? makeButton("Go to the best", () => goTo(best), { class: "plain", "aria-keyshortcuts": "b" }) : "",
    read().params.burst ? "" : make("a", { class: "button plain", "aria-keyshortcuts": "v", href: compareHref(id, ids, burst) }, "Compare"),
    best ? makeButton("Keep best only", () => keepBest(best, ids), { class: "plain" }) : "",
  ];
  const compareHref = (id, ids, burst) => hrefOf("cull", { ...read().params, back: id, burst, compare: ids.length > 2 ? 4 : 2, at: ids[0] });
  return {
    node, draw, toBest: () => best && goTo(best),
    compare: () => node.querySelector("a")?.click(),
  };
};
