// Draws the report of one photo: score with its distribution, selfie, squish, facts.
import { make, makeIcon, percent, sure } from "./dom.js";

export const scoreOf = (photo) => photo.aesthetics?.score ?? null;

const makeBar = (share, most, rating) => {
  const bar = make("i");
  bar.style.height = `${Math.max(2, (100 * share) / most)}%`;
  return make("span", { title: `${rating}: ${percent(share)}` }, bar, make("small", {}, String(rating)));
};
export const makeDistribution = ({ score, std, distribution }) => {
  const most = Math.max(...distribution);
  const mark = make("em");
  mark.style.left = `${((score - 0.5) / distribution.length) * 100}%`;
  const likely = distribution.indexOf(most) + 1;
  return make("div", { class: "bars", role: "img",
    "aria-label": `Score ${score.toFixed(1)} of 10, standard deviation ${std.toFixed(1)}; most likely rating ${likely}` },
    ...distribution.map((share, at) => makeBar(share, most, at + 1)), mark);
};

const makeAnswer = (title, verdict, loud, ...inside) => make("section", { class: "answer" },
  make("h3", {}, title), make("p", { class: loud ? "verdict loud" : "verdict" }, verdict), ...inside);
const makeEvidence = (sentences) => (sentences.length
  ? make("ul", { class: "evidence" }, ...sentences.map((words) => make("li", {}, words))) : null);

const makeScore = (answer) => makeAnswer("Score",
  [make("b", { class: "score" }, answer.score.toFixed(1)), make("span", { class: "quiet" }, `of 10, ± ${answer.std.toFixed(1)}`)],
  false, makeDistribution(answer));
const makeSelfie = ({ probability, is_selfie: yes, unsure, evidence }) => makeAnswer("Selfie",
  [yes ? "Yes" : unsure ? "Unsure" : "No", make("span", { class: "quiet" }, ` ${percent(probability)}`)], yes,
  makeMeter(probability, "Probability of a selfie"), makeEvidence(evidence));
const makeMeter = (share, label) => {
  const fill = make("i");
  fill.style.width = `${100 * share}%`;
  return make("div", { class: "meter", role: "img", "aria-label": `${label}: ${percent(share)}` }, fill);
};

export const squishText = ({ squished, unsure, width_ratio: width, height_ratio: height }) => {
  if (!squished) return unsure ? "Unsure" : "No";
  return width < 1 ? `Width squeezed to ${percent(width)}` : `Height squeezed to ${percent(height)}`;
};
const makeSquish = (answer) => makeAnswer("Squish",
  [squishText(answer), answer.squished ? make("span", { class: "quiet" }, sure(answer.confidence)) : ""],
  answer.squished, makeEvidence(answer.evidence));

// A question that this page has no drawing of its own for: its verdict, its numbers, its evidence.
const makePlain = ({ title, values }, answer) => {
  const flag = values.find((name) => typeof answer[name] === "boolean");
  const numbers = values.filter((name) => typeof answer[name] === "number")
    .map((name) => `${name.replaceAll("_", " ")} ${answer[name].toFixed(2)}`).join(", ");
  const evidence = values.flatMap((name) => (typeof answer[name]?.[0] === "string" ? answer[name] : []));
  const verdict = flag === undefined ? numbers : [answer[flag] ? "Yes" : "No", make("span", { class: "quiet" }, ` ${numbers}`)];
  return makeAnswer(title, verdict, flag !== undefined && answer[flag], makeEvidence(evidence));
};

const DRAWN = { aesthetics: makeScore, selfie: makeSelfie, squish: makeSquish };
let questions = Object.keys(DRAWN).map((name) => ({ name }));
// list: of /v1/about. Answers that are drawn here come first.
export const setQuestions = (list) => {
  const others = list.filter(({ name }) => !(name in DRAWN));
  questions = [...Object.keys(DRAWN).map((name) => ({ name })), ...others];
};
// The sections of all answers that are there.
export const makeAnswers = (photo) => make("div", { class: "answers" },
  ...questions.map((question) => {
    const answer = photo[question.name];
    return answer && (DRAWN[question.name] ?? ((given) => makePlain(question, given)))(answer);
  }));

export const factsOf = (photo) => [
  photo.width ? `${photo.width} × ${photo.height}` : null, photo.format, photo.camera,
].filter(Boolean).join(" · ");

// Small badges next to a name: selfie, squished, rating, decision.
export const makeBadges = (photo) => make("span", { class: "marks" },
  photo.selfie?.is_selfie && makeBadge("selfie", "selfie"),
  photo.squish?.squished && makeBadge("squish", "squished"),
  photo.rating ? make("span", { class: "mark stars", title: `${photo.rating} of 5` }, makeIcon("star"), String(photo.rating)) : null,
  photo.decision && makeBadge(photo.decision === "keep" ? "cull" : "cross", photo.decision, photo.decision));
const makeBadge = (icon, words, kind = "") => make("span", { class: `mark ${kind}`, title: words },
  makeIcon(icon), make("span", { class: "unseen" }, words));
