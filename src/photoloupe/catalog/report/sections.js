// The parts above the grid: scores, best and worst, selfies, squished photos, crop families, errors.
const FEW = 12;
const BIN = 0.5;

const drawAbout = () => {
  const day = new Date(about.made_at).toLocaleDateString("en", { day: "numeric", month: "long", year: "numeric" });
  const lost = photos.filter((photo) => photo.state === "vanished").length;
  const changed = photos.filter((photo) => photo.state === "changed").length;
  byId("about").textContent = [
    `${about.root || "Several places"}, made on ${day}`,
    about.expression && `Only photos with ${about.expression}`,
    lost && `${many(lost, "photo")} gone since the scan`,
    changed && `${many(changed, "photo")} changed since the scan`,
  ].filter(Boolean).join(" · ");
  const middle = scored.length ? scoreOf(scored[scored.length >> 1]).toFixed(1) : "-";
  const tiles = [
    ["all", photos.length, "photos"], ["scores", middle, "median score"],
    ["selfies", photos.filter(isSelfie).length, "selfies"],
    ["squished", photos.filter(isSquished).length, "squished"],
    ["families", about.families.state === "found" ? about.families.groups.length : "-", "crop families"],
    ["errors", photos.filter((photo) => !isShown(photo)).length, "cannot be shown"],
  ];
  byId("tiles").replaceChildren(...tiles.map(([id, count, words]) =>
    make("a", { href: `#${id}` }, make("b", {}, count.toLocaleString("en")), make("span", {}, words))));
};

const drawScores = () => {
  const none = () => makeEmpty("No scores", "No photo here has been judged.");
  const bins = Array.from({ length: 9 / BIN }, () => 0);
  for (const photo of scored) bins[Math.min(bins.length - 1, Math.floor((scoreOf(photo) - 1) / BIN))]++;
  const bars = bins.map((count, at) => {
    const [low, high] = [1 + at * BIN, 1 + (at + 1) * BIN];
    const words = `score ${low} to ${high}: ${many(count, "photo")}`;
    const bar = make("i");
    bar.style.height = `${(82 * count) / Math.max(1, ...bins)}%`;
    const button = make("button", { type: "button", title: words, "aria-label": words },
      make("span", {}, count ? String(count) : ""), bar);
    button.addEventListener("click", () => choose({ least: low, most: high }));
    return button;
  });
  const axis = make("div", { class: "axis", "aria-hidden": "true" },
    ...Array.from({ length: 10 }, (_, at) => make("span", {}, String(at + 1))));
  byId("histogram").replaceChildren(
    ...(scored.length ? [make("div", { class: "bars" }, ...bars), axis] : [none()]));
  const shown = scored.filter(isShown);
  fill("best", null, shown.length ? makeFrames(shown.slice(0, FEW)) : none());
  fill("worst", null, shown.length > FEW ? makeFrames(shown.slice(-FEW).reverse())
    : makeEmpty("Too few to tell", `All ${shown.length || ""} are among the best.`));
};

const drawSelfies = () => {
  const list = photos.filter((photo) => isSelfie(photo) && isShown(photo))
    .sort(by((photo) => photo.selfie.probability, -1));
  const frames = make("div", { class: "frames" });
  const draw = (photo) => makeFrame(photo, list, percent(photo.selfie.probability));
  fill("selfies", list.length, ...(list.length ? inSteps(list, 24, draw, frames)
    : [makeEmpty("No selfies here", "Nobody seems to have held the camera at arm's length.")]));
};

const makePair = (photo, list) => {
  const { width_ratio: across, height_ratio: down, confidence } = photo.squish;
  const side = (aspect, words) => {
    const figure = make("figure", {}, makePicture(photo, aspect, `${nameOf(photo)}, ${words}`),
      make("figcaption", {}, words));
    figure.style.width = `min(100%, ${Math.min(170, 165 * aspect)}px)`;
    return figure;
  };
  const what = across < 1 ? `width to ${percent(across)}` : `height to ${percent(down)}`;
  const button = make("button", { type: "button" }, "Details");
  button.addEventListener("click", () => openDetail(photo, list));
  return make("article", { class: "pair" },
    make("div", {}, side(aspectOf(photo), "as it is"), side(repairedAspect(photo), "repaired")),
    make("p", {}, make("b", {}, nameOf(photo)), make("br"),
      make("span", { class: "quiet" }, `${what}, confidence ${percent(confidence)}`)), button);
};
const drawSquished = () => {
  const list = photos.filter((photo) => isSquished(photo) && photo.state === "there").sort(by(severity, -1));
  fill("squished", list.length, ...(list.length ? inSteps(list, FEW, (photo) => makePair(photo, list), make("div", { class: "pairs" }))
    : [makeEmpty("Nothing is squished", "Every photo here seems to have its own shape.")]));
};

const makeBox = (relation, label) => {
  const [x0, y0, x1, y1] = relation.box.map((share) => `${100 * share}%`);
  const box = make("span", { class: "box" }, make("b", {}, label));
  Object.assign(box.style, {
    left: x0, top: y0, width: `calc(${x1} - ${x0})`, height: `calc(${y1} - ${y0})`,
    transform: relation.turn ? `rotate(${relation.turn}deg)` : "",
  });
  return box;
};
const makeFamily = ({ photos: numbers, relations }) => {
  const [first, ...rest] = numbers.map((number) => photos[number]);
  const picture = makePicture(first);
  // A box in a copy of the whole original is a box in the original.
  const whole = (row) => row.whole_frame && row.source !== row.crop;
  const twins = new Set([first.number, ...relations.filter(whole)
    .filter((row) => row.source === first.number || row.crop === first.number)
    .flatMap((row) => [row.source, row.crop])]);
  let letter = 0;
  const words = new Map(rest.map((photo) => {
    const cut = relations.find((row) => row.crop === photo.number && !row.whole_frame && twins.has(row.source));
    if (cut?.box) {
      const label = String.fromCharCode(65 + (letter++ % 26));
      picture.append(makeBox(cut, label));
      return [photo, `${label}: ${[cut.verdict, ...cut.edits].join(", ")}`];
    }
    const mine = relations.filter((row) => row.crop === photo.number || row.source === photo.number);
    const found = mine.find((row) => row.source === first.number || row.crop === first.number) ?? mine[0];
    const other = found.crop === photo.number ? found.source : found.crop;
    return [photo, other === first.number ? found.verdict : `${found.verdict}, with ${nameOf(photos[other])}`];
  }));
  return make("article", { class: "family" },
    make("figure", {}, picture, make("figcaption", {}, `Original: ${first.path}`)),
    makeFrames(rest, (photo) => words.get(photo)));
};
const WITHOUT = {
  skipped: ["Not looked for", "This page was made with ", "--no-crops", "."],
  not_scanned: ["Not looked for", "They need features that ", "photoloupe scan --crops", " keeps."],
  not_installed: ["Not looked for", "They need FAISS: ", "pip install 'photoloupe[search]'", "."],
};
const drawFamilies = () => {
  const { state, groups } = about.families;
  const [title, before, command, after] = WITHOUT[state] ?? [];
  if (title) fill("families", null, makeEmpty(title, before, make("code", {}, command), after));
  else fill("families", groups.length, ...(groups.length ? inSteps(groups, FEW, makeFamily, make("div"))
    : [makeEmpty("No crops and no copies", "No photo here was cut out of another.")]));
};

const drawErrors = () => {
  const list = photos.filter((photo) => !isShown(photo));
  const draw = (photo) => make("div", {}, make("dt", {}, photo.path),
    make("dd", {}, photo.error?.message ?? WHY[photo.state]));
  fill("errors", list.length, ...(list.length ? inSteps(list, 50, draw, make("dl"))
    : [makeEmpty("Everything can be shown", "No file is broken, and none has gone.")]));
};
