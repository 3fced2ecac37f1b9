// The contact sheet of the catalog: filters, order, expressions, search by example.
import { get } from "../api.js";
import { decisionKeys } from "../decisions.js";
import { makeDetail } from "../photo_detail.js";
import { makeChooser, onFiles } from "../file_drop.js";
import { setExample } from "../search_example.js";
import { makeChips, makeSort, makeWhere, questionOf } from "../filters.js";
import { makeGrid } from "../grid.js";
import { findSimilar, makeExample } from "../similar.js";
import { make, many } from "../dom.js";
import { makeEmpty, makeFailure, makeLoading, makeNoLibrary } from "../messages.js";
import { onChange } from "../photo_store.js";
import { go, hrefOf, makeAddressUpdater, merge, note, read } from "../router.js";

const COUNTED_MS = 600;
let [asked, running, countTimer, scanning] = [null, new AbortController(), 0, false];

const search = ([file]) => merge({ like: setExample(file), photo: null, at: null });
const [chips, sort, where] = [makeChips("library"), makeSort(), makeWhere()];
const cull = make("a", { class: "button" }, make("span", { class: "wide" }, "Cull these"), make("span", { class: "narrow" }, "Cull"));
const found = make("p", { class: "quiet found", role: "status" });
const bar = make("div", { class: "library-bar" }, chips.node,
  make("div", { class: "tools" }, where.node, sort.node, makeChooser([make("span", { class: "wide" }, "Search by example"), make("span", { class: "narrow" }, "By example")], search, { multiple: false }), cull, found));
const [head, state] = [make("div", { class: "library-head" }), make("div", {})];

const grid = makeGrid({
  label: "Photos",
  // Just after the photo was closed the address may still name it, and would not change.
  open: (id) => (read().params.photo === id ? detail.show(id) : merge({ photo: id, at: id })),
  moved: makeAddressUpdater("library"),
});
const detail = makeDetail({
  neighbour: (id, by) => (grid.placeOf(id) === null ? null : grid.ids()[grid.placeOf(id) + by] ?? null),
  closed: (id) => {
    if (read().view !== "library") return;
    if (read().params.photo) note("library", { ...read().params, photo: null, at: id });
    if (grid.placeOf(id) !== null) grid.setActive(grid.placeOf(id), { quiet: true });
    grid.node.focus({ preventScroll: true });
  },
});
const root = make("section", { class: "view library" }, make("h1", { class: "unseen" }, "Library"), bar, head, state, grid.node);

const load = async (params) => {
  running.abort();
  running = new AbortController();
  const { signal } = running;
  asked = questionText(params);
  state.replaceChildren(makeLoading("Loading the contact sheet"));
  grid.show([]);
  where.complain(null);
  found.textContent = "";
  try {
    const [{ ids, noteOf }, example] = params.like
      ? await Promise.all([findSimilar(params.like, signal), makeExample(params.like)])
      : [await get("v1/index", questionOf(params), signal), null];
    if (signal.aborted) return;
    head.replaceChildren(example ?? "");
    state.replaceChildren(ids.length ? "" : makeNothing(params));
    found.textContent = many(ids.length, "photo");
    grid.show(ids, noteOf);
    start(read().params);
  } catch (failure) {
    if (failure.name === "AbortError") return;
    asked = null;
    const wrong = failure.status === 422 && params.where && !params.like;
    where.complain(wrong ? failure.message : null);
    head.replaceChildren(params.like ? await makeExample(params.like) : "");
    state.replaceChildren(wrong ? makeEmpty("Invalid expression", make("p", {}, "The error is shown below it.")) : makeFailure(failure, () => load(read().params)));
  }
};
const questionText = ({ filter, sort: by, where: expression, like }) => JSON.stringify([filter, by, expression, like]);
const makeNothing = ({ filter, where: expression, like }) => {
  if (like) return makeEmpty("No similar photos", make("p", {}, "The catalog has no embeddings yet; scan it again."));
  if (filter || expression) {
    return makeEmpty("No matching photos", make("p", {}, make("a", { href: hrefOf("library") }, "Show all photos")));
  }
  if (scanning) return makeLoading("Scanning; photos appear here");
  return makeEmpty("The library is empty", make("p", {}, "Put photos into the folder, scan it, and reload this page:"),
    make("pre", {}, make("code", {}, "photoloupe scan photos")));
};
const start = ({ at, photo }) => {
  if (at && grid.placeOf(at) !== null) grid.setActive(grid.placeOf(at), { quiet: true });
  if (photo) detail.show(photo);
  else grid.node.focus({ preventScroll: true });
};
onChange((_, decided) => {
  if (!decided || !root.isConnected) return;
  clearTimeout(countTimer);
  countTimer = setTimeout(chips.drawCounts, COUNTED_MS);
});

const show = (params, about) => {
  ({ scanning } = about);
  if (!about.library) {
    root.replaceChildren(make("h1", { class: "unseen" }, "Library"), makeNoLibrary());
    return () => {};
  }
  chips.draw();
  sort.draw(params);
  where.draw(params);
  cull.href = hrefOf("cull", { filter: params.filter, sort: params.sort, where: params.where });
  if (!params.photo && detail.isOpen()) detail.close();
  if (asked !== questionText(params)) load(params);
  else {
    requestAnimationFrame(grid.redraw);
    start(params);
  }
  chips.drawCounts();
  return onFiles(search);
};
const active = () => (document.activeElement === grid.node ? grid.active() : null);

export const library = {
  title: "Library", root, show, renew: () => { asked = null; }, hide: () => detail.isOpen() && detail.close(),
  keys: [
    { keys: ["Arrows"], range: "Arrows", words: "Move between photos" },
    { keys: ["Enter"], words: "Open the photo" },
    ...decisionKeys(active),
    { keys: ["s"], words: "Search for similar photos", run: () => active() && merge({ like: active(), at: null }) },
    { keys: ["c"], words: "Cull from here", run: () => go("cull", { ...read().params, like: null, photo: null, at: grid.active() }) },
    { keys: ["+", "="], words: "Larger pictures", run: () => grid.zoom(1) },
    { keys: ["-"], words: "Smaller pictures", run: () => grid.zoom(-1) },
    { keys: ["/"], words: "Write an expression", run: () => where.input.focus() },
  ],
};
