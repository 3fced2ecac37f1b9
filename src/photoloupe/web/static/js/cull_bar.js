// The bars above and below the cull view: position, filter, panes; the decision buttons.
import { makeDecisionButtons } from "./decision_buttons.js";
import { FILTERS } from "./filters.js";
import { count, make, makeButton, makeIcon } from "./dom.js";
import { hrefOf } from "./router.js";

// compared: numbers of panes to choose from. -> { node, tell, press, draw, goesOn }
export const makeCullBar = ({ compared, filter, compare }) => {
  const place = make("span", { class: "place", role: "status" });
  const select = make("select", { on: { change: () => filter(select.value) } },
    ...Object.entries(FILTERS).map(([value, words]) => make("option", { value }, words)));
  const sides = compared.map((number) => makeButton(String(number), () => compare(number), {
    "aria-label": number === 1 ? "One photo" : `${number} photos side by side`, "aria-pressed": "false" }));
  const advance = make("input", { type: "checkbox", checked: true });
  const back = make("a", { class: "button plain back", hidden: true }, "Back from the burst");
  return {
    node: make("div", { class: "cull-bar" }, place, back, make("label", { class: "field" }, make("span", {}, "Show"), select),
      make("div", { class: "segments", role: "group", "aria-label": "Side by side" }, ...sides),
      make("label", { class: "check" }, advance, "Next photo after a decision")),
    tell: (at, all) => { place.textContent = `${count(at + 1)} of ${count(all)}`; },
    press: (number) => compared.forEach((other, slot) => sides[slot].setAttribute("aria-pressed", String(other === number))),
    draw: (params) => {
      select.value = FILTERS[params.filter] ? params.filter : "all";
      select.disabled = Boolean(params.burst);
      back.hidden = !params.burst;
      back.href = hrefOf("cull", { ...params, burst: null, compare: null, at: params.back, back: null });
    },
    goesOn: () => advance.checked,
  };
};

const makeIconButton = (icon, words, act, key) =>
  makeButton(makeIcon(icon), act, { class: `step ${icon}`, "aria-label": words, title: words, "aria-keyshortcuts": key });

// decided(yes): a decision was given, or (no) taken back.
export const makeCullControls = ({ decided, step, undo }) => {
  const decider = makeDecisionButtons(null, decided);
  const [before, after] = [makeIconButton("left", "Previous", () => step(-1), "ArrowLeft"), makeIconButton("right", "Next", () => step(1), "ArrowRight")];
  return {
    node: make("div", { class: "cull-controls" }, before, decider, makeIconButton("undo", "Undo", undo, "u"), after),
    draw: (id, at, all) => {
      decider.redraw(id);
      [before.disabled, after.disabled] = [at === 0, at === all - 1];
    },
  };
};
