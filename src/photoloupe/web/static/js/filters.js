// The bar over the contact sheet: which photos, in which order. Every choice is a link or goes to the address.
import { get } from "./api.js";
import { count, make, makeButton } from "./dom.js";
import { hrefOf, merge, read } from "./router.js";

export const FILTERS = {
  all: "All", selfies: "Selfies", squished: "Squished", unsure: "Unsure", crops: "Crops", unrated: "Unrated",
  keep: "Kept", reject: "Rejected", errors: "Errors",
};
export const SORTS = {
  "score-down": "Best first", "score-up": "Worst first", "path-up": "By name", "taken-down": "Taken last", "taken-up": "Taken first", "added-down": "Newest in the catalog", "selfie-down": "Likely selfies",
};
// What the server is asked, from the address: { filter, sort, descending, where }
export const questionOf = ({ filter = "all", sort = "score-down", where = "" }) => {
  const [by, way] = sort.split("-");
  return { filter: FILTERS[filter] ? filter : "all", sort: by, descending: way !== "up", where };
};

export const makeChips = (view) => {
  const chips = Object.entries(FILTERS).map(([filter, words]) =>
    make("a", { class: "chip", "data-filter": filter }, words, make("small", {})));
  const node = make("nav", { class: "chips", "aria-label": "Which photos" }, ...chips);
  const draw = () => {
    const { params } = read();
    for (const chip of chips) {
      const { filter } = chip.dataset;
      chip.href = hrefOf(view, { ...params, filter: filter === "all" ? null : filter, at: null, photo: null, like: null });
      const here = !params.like && (params.filter ?? "all") === filter;
      if (here) chip.setAttribute("aria-current", "true");
      else chip.removeAttribute("aria-current");
    }
  };
  const drawCounts = async () => {
    try {
      const counts = await get("v1/counts");
      for (const chip of chips) chip.lastChild.textContent = count(counts[chip.dataset.filter] ?? 0);
    } catch { /* the sheet itself tells what is wrong */ }
  };
  return { node, draw, drawCounts };
};

export const makeSort = () => {
  const select = make("select", { on: { change: () => merge({ sort: select.value, at: null, like: null }) } },
    ...Object.entries(SORTS).map(([value, words]) => make("option", { value }, words)));
  return { node: make("label", { class: "field" }, make("span", {}, "Sort"), select), draw: ({ sort = "score-down" }) => { select.value = sort; } };
};

export const makeWhere = () => {
  const input = make("input", { type: "text", id: "where", spellcheck: false, autocomplete: "off",
    placeholder: "aesthetics.score > 7 and not selfie.is_selfie" });
  const wrong = make("p", { class: "problem", id: "where-wrong", role: "alert", hidden: true });
  const clear = makeButton("Clear", () => { input.value = ""; merge({ where: null, at: null }); input.focus(); }, { class: "plain", hidden: true });
  const form = make("form", { class: "where", on: { submit: (event) => {
    event.preventDefault();
    merge({ where: input.value.trim(), at: null, like: null });
  } } }, make("label", { class: "field" }, make("span", {}, "Where"), input), clear, wrong);
  return {
    node: form, input,
    draw: ({ where = "" }) => {
      input.value = where;
      clear.hidden = !where;
    },
    complain: (words) => {
      wrong.hidden = !words;
      wrong.textContent = words ?? "";
      if (words) input.setAttribute("aria-invalid", "true");
      else input.removeAttribute("aria-invalid");
      input.setAttribute("aria-describedby", words ? "where-wrong" : "");
    },
  };
};
