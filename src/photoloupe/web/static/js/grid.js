// A contact sheet of any length: only the cells near the view exist, and what flies past is not asked for.
import { makeCell, fillCell, emptyCell } from "./grid_cell.js";
import { clamp, make } from "./dom.js";
import { loadPhotos, onChange } from "./photo_store.js";
import { showMessage } from "./messages.js";

const SIZES_PX = [112, 176, 240, 340];
const GAP_PX = 8;
const CAPTION_PX = 28;
const OVERSCAN_PX = 500;
const SETTLED_MS = 90;
const FAST_PX_MS = 4; // faster than this nothing is loaded

// open(id): Enter or a click; moved(id): another cell is active. -> { node, show, setActive, ... }
export const makeGrid = ({ label, open, moved }) => {
  const node = make("div", { class: "grid", role: "listbox", tabIndex: 0, "aria-label": label, "data-own-arrows": "" });
  const cells = new Map(); // place -> cell
  let [ids, places, note] = [[], new Map(), () => null];
  let [active, size, across, cellPx, timer, lastY, lastAt] = [0, 1, 1, 0, 0, 0, 0];

  const rowPx = () => cellPx + CAPTION_PX + GAP_PX;
  const topPx = () => node.getBoundingClientRect().top + scrollY;
  const measure = () => {
    const width = node.clientWidth;
    if (!width) return;
    across = Math.max(2, Math.floor((width + GAP_PX) / (SIZES_PX[size] * (width < 600 ? 0.62 : 1) + GAP_PX)));
    cellPx = Math.floor((width - GAP_PX * (across - 1)) / across);
    node.style.height = `${Math.ceil(ids.length / across) * rowPx()}px`;
    node.style.setProperty("--cell", `${cellPx}px`);
  };
  const range = () => {
    const from = scrollY - topPx() - OVERSCAN_PX;
    const rows = [Math.floor(from / rowPx()), Math.ceil((from + innerHeight + 2 * OVERSCAN_PX) / rowPx())];
    return rows.map((row) => clamp(row * across, 0, ids.length));
  };
  const drop = (place) => {
    emptyCell(cells.get(place));
    cells.get(place).remove();
    cells.delete(place);
  };
  const add = (place) => {
    const cell = makeCell(ids[place], place, ids.length);
    cell.style.transform = `translate(${(place % across) * (cellPx + GAP_PX)}px, ${Math.floor(place / across) * rowPx()}px)`;
    cell.setAttribute("aria-selected", String(place === active));
    cells.set(place, cell);
    return cell;
  };
  const draw = () => {
    if (!node.isConnected || !cellPx) return;
    const [first, last] = range();
    for (const place of cells.keys()) if (place < first || place >= last) drop(place);
    const fresh = [];
    for (let place = first; place < last; place++) if (!cells.has(place)) fresh.push(add(place));
    node.append(...fresh);
    const now = performance.now();
    const speed = Math.abs(scrollY - lastY) / Math.max(1, now - lastAt);
    [lastY, lastAt] = [scrollY, now];
    clearTimeout(timer);
    if (speed < FAST_PX_MS) fill();
    else timer = setTimeout(fill, SETTLED_MS);
  };
  const fill = () => {
    for (const cell of cells.values()) fillCell(cell, note, size > 1);
    loadPhotos([...cells.keys()].map((place) => ids[place])).catch((failure) => showMessage(failure.message, { failed: true }));
  };
  const redraw = () => {
    for (const place of [...cells.keys()]) drop(place);
    measure();
    lastAt = 0;
    draw();
  };
  const bringIntoView = () => {
    const top = topPx() + Math.floor(active / across) * rowPx();
    const above = parseFloat(getComputedStyle(node).scrollMarginTop) || 0;
    const below = innerHeight - (parseFloat(getComputedStyle(node).scrollMarginBottom) || 0);
    if (top < scrollY + above) scrollTo(0, Math.floor(active / across) ? top - above - GAP_PX : 0);
    else if (top + rowPx() > scrollY + below) scrollTo(0, top + rowPx() - below);
    draw();
  };
  const setActive = (place, { quiet = false } = {}) => {
    if (!ids.length) return;
    cells.get(active)?.setAttribute("aria-selected", "false");
    active = clamp(place, 0, ids.length - 1);
    bringIntoView();
    cells.get(active)?.setAttribute("aria-selected", "true");
    node.setAttribute("aria-activedescendant", cells.get(active)?.id ?? "");
    if (!quiet) moved?.(ids[active]);
  };
  const onKey = (event) => {
    const page = across * Math.max(1, Math.floor(innerHeight / rowPx()) - 1);
    const by = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -across, ArrowDown: across, PageUp: -page, PageDown: page,
      Home: -ids.length, End: ids.length }[event.key];
    if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
    if (event.key === "Enter" && ids.length) open(ids[active]);
    else if (by) {
      if (active + by >= 0 || Math.abs(by) !== across) setActive(active + by);
    } else return;
    event.preventDefault();
  };
  node.addEventListener("keydown", onKey);
  node.addEventListener("click", (event) => {
    const cell = event.target.closest("[role=option]");
    if (!cell) return;
    setActive(Number(cell.dataset.place));
    open(ids[active]);
  });
  onChange((id) => {
    const cell = cells.get(places.get(id));
    if (cell) fillCell(cell, note, size > 1, true);
  });
  let due = false;
  addEventListener("scroll", () => {
    if (due) return;
    due = true;
    requestAnimationFrame(() => { due = false; draw(); });
  }, { passive: true });
  new ResizeObserver(redraw).observe(node);

  return {
    node, redraw, setActive,
    // all ids in order; noteOf(id): the text next to the score, or null
    show: (all, noteOf = () => null) => {
      [ids, note, active] = [all, noteOf, 0];
      places = new Map(all.map((id, place) => [id, place]));
      node.hidden = !all.length;
      redraw();
    },
    placeOf: (id) => places.get(id) ?? null,
    active: () => ids[active] ?? null,
    ids: () => ids,
    zoom: (by) => {
      size = clamp(size + by, 0, SIZES_PX.length - 1);
      redraw();
      setActive(active, { quiet: true });
    },
  };
};
