// One key a decision: keep, reject, stars; one, two or four photos side by side.
import { get } from "../api.js";
import { makeBurst } from "../burst_bar.js";
import { makeCullBar, makeCullControls } from "../cull_bar.js";
import { decisionKeys, undoDecision } from "../decisions.js";
import { questionOf } from "../filters.js";
import { clamp, make, nameOf } from "../dom.js";
import { makeEmpty, makeFailure, makeLoading, makeNoLibrary, showMessage } from "../messages.js";
import { fillPane, makePane, prefetch, sharpen } from "../cull_panes.js";
import { loadPhotos, onChange, photoOf } from "../photo_store.js";
import { hrefOf, makeAddressUpdater, merge, note, read } from "../router.js";
import { makeStrip } from "../cull_strip.js";
import { makeZoom } from "../cull_zoom.js";

const SHARPEN_MS = 200;
const COMPARED = [1, 2, 4];
let [ids, at, first, side, asked] = [[], 0, 0, 1, null];
let [running, sharpTimer] = [new AbortController(), 0];
const noteAt = makeAddressUpdater("cull");

const panes = Array.from({ length: Math.max(...COMPARED) }, makePane);
const table = make("div", { class: "table" }, ...panes);
const bar = makeCullBar({ compared: COMPARED, filter: (filter) => merge({ filter, at: null, burst: null }), compare: (number) => compare(number) });
const burst = makeBurst((id) => goTo(id));
const strip = makeStrip((to) => showAt(to));
const controls = makeCullControls({ decided: (yes) => onDecided(yes), step: (by) => step(by), undo: () => undoLast() });
const state = make("div", { class: "cull-state" });
const root = make("section", { class: "view cull" }, make("h1", { class: "unseen" }, "Cull"), bar.node, state, table, burst.node, controls.node, strip.node);

const zoom = makeZoom(table, () => panes.slice(0, side), {
  changed: (scale) => {
    clearTimeout(sharpTimer);
    if (scale > 1) sharpTimer = setTimeout(() => panes.slice(0, side).forEach((pane) => sharpen(pane, scale)), SHARPEN_MS);
  },
  tapped: (pane) => pane.photoId !== null && goTo(pane.photoId),
  swiped: (by) => step(by),
});

const shown = () => ids.slice(first, first + side);
const draw = () => {
  if (!ids.length) return;
  table.dataset.side = side;
  panes.forEach((pane, slot) => {
    pane.hidden = slot >= side;
    if (slot < side) fillPane(pane, ids[first + slot] ?? null, first + slot === at);
  });
  bar.tell(at, ids.length);
  controls.draw(ids[at], at, ids.length);
  if (photoOf(ids[at])) burst.draw(ids[at]);
  zoom.draw();
};
const showAt = async (to) => {
  at = clamp(to, 0, ids.length - 1);
  if (at < first || at >= first + side) first = clamp(at < first ? at : at - (at % side), 0, Math.max(0, ids.length - side));
  draw();
  noteAt(ids[at]);
  prefetch(ids, at, panes[0]);
  const near = strip.draw(ids, at, shown());
  try {
    await loadPhotos([...shown(), ...near]);
  } catch (failure) {
    showMessage(failure.message, { failed: true });
  }
  draw();
  strip.draw(ids, at, shown());
};
const step = (by) => {
  if (at + by >= 0 && at + by < ids.length) showAt(at + by);
  else if (ids.length) showMessage(by > 0 ? "This is the last photo" : "This is the first photo");
};
const goTo = (id) => {
  const to = ids.indexOf(id);
  if (to >= 0) showAt(to);
  else showMessage(`${photoOf(id) ? nameOf(photoOf(id)) : "It"} is not among the photos shown here`);
};
const compare = (number) => {
  side = number;
  bar.press(number);
  first = clamp(at - (at % side), 0, Math.max(0, ids.length - side));
  zoom.reset();
  note("cull", { ...read().params, compare: number === 1 ? null : number });
  showAt(at);
};
const onDecided = (decided) => decided && bar.goesOn() && step(1);
const undoLast = async () => {
  const photo = await undoDecision();
  if (photo) afterUndo(photo);
};
const afterUndo = (photo) => ids.includes(photo.id) && goTo(photo.id);

const questionText = ({ filter: which, sort, where, burst: one }) => JSON.stringify([which, sort, where, one]);
const load = async (params) => {
  running.abort();
  running = new AbortController();
  asked = questionText(params);
  root.classList.add("waiting");
  state.replaceChildren(makeLoading("Loading the photos"));
  try {
    const question = params.burst ? { burst: params.burst, sort: "path" } : questionOf({ sort: "path-up", ...params });
    ({ ids } = await get("v1/index", question, running.signal));
    [at, first] = [0, 0];
    state.replaceChildren(ids.length ? "" : makeEmpty(params.filter ? "No photos left here" : "The library is empty",
      make("p", {}, params.filter ? make("a", { href: hrefOf("cull") }, "Cull all photos") : "Put photos into the folder and scan it.")));
    root.classList.toggle("waiting", ids.length === 0);
    start(read().params);
  } catch (failure) {
    if (failure.name === "AbortError") return;
    asked = null;
    state.replaceChildren(makeFailure(failure, () => load(read().params)));
  }
};
const start = (params) => {
  const found = params.at ? ids.indexOf(params.at) : 0;
  at = Math.max(0, found);
  if (ids.length) compare(COMPARED.includes(Number(params.compare)) ? Number(params.compare) : 1);
};
const show = (params, about) => {
  if (!about.library) {
    root.replaceChildren(make("h1", { class: "unseen" }, "Cull"), makeNoLibrary());
    root.classList.add("waiting");
    return;
  }
  bar.draw(params);
  if (asked === questionText(params)) start(params);
  else load(params);
};
onChange((id, decided) => {
  if (!root.isConnected || !(decided || shown().includes(id))) return;
  draw();
  strip.draw(ids, at, shown());
});
new ResizeObserver(() => ids.length && root.isConnected && strip.draw(ids, at, shown())).observe(table);

const current = () => ids[at] ?? null;
export const cull = {
  title: "Cull", root, show, renew: () => { asked = null; }, fills: true,
  keys: [
    { keys: ["ArrowRight", "n", " "], words: "Next", run: () => step(1) },
    { keys: ["ArrowLeft", "p"], words: "Previous", run: () => step(-1) },
    ...decisionKeys(current, (decided) => onDecided(decided), afterUndo),
    { keys: ["c"], words: "Side by side: one, two, four", run: () => compare(COMPARED[(COMPARED.indexOf(side) + 1) % COMPARED.length]) },
    { keys: ["b"], words: "Go to the best of the burst", run: () => burst.toBest() },
    { keys: ["v"], words: "Compare the burst", run: () => burst.compare() },
    { keys: ["z"], words: "Zoom in or out", run: () => zoom.toggle() },
    { keys: ["+", "="], words: "Zoom in", run: () => zoom.by(1.4) },
    { keys: ["-"], words: "Zoom out", run: () => zoom.by(1 / 1.4) },
    { keys: ["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown"], shift: true, range: "Arrows", words: "Move the zoomed picture",
      run: ({ key }) => zoom.pan((key === "ArrowRight") - (key === "ArrowLeft"), (key === "ArrowDown") - (key === "ArrowUp")) },
  ],
};
