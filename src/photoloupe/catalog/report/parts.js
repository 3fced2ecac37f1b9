// Small parts that everything is made of. Text only ever becomes text, never markup.
const byId = (id) => document.getElementById(id);
const make = (tag, values = {}, ...inside) => {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(values)) {
    if (name === "class") node.className = value;
    else if (name.startsWith("aria")) node.setAttribute(name, value);
    else node[name] = value;
  }
  node.append(...inside.filter((part) => part !== null));
  return node;
};
const many = (count, one, more = `${one}s`) => `${count.toLocaleString("en")} ${count === 1 ? one : more}`;
const percent = (share) => `${Math.round(100 * share)} %`;

const WHY = { vanished: "gone since the scan", unreadable: "cannot be read now", failed: "cannot be read" };
const describe = (photo) => [
  nameOf(photo),
  scoreOf(photo) === null ? null : `score ${scoreOf(photo).toFixed(1)}`,
  isSelfie(photo) ? "selfie" : null,
  isSquished(photo) ? "squished" : null,
  WHY[photo.state] ?? null,
].filter(Boolean).join(", ");

// Pictures far from view are let go: thousands of decoded ones would fill the memory.
const near = new IntersectionObserver((entries) => {
  for (const { target, isIntersecting } of entries) {
    if (isIntersecting) target.src = target.source();
    else target.removeAttribute("src");
  }
}, { rootMargin: "900px" });

const makePicture = (photo, aspect = aspectOf(photo), alt = describe(photo)) => {
  const shown = isShown(photo);
  const picture = make("span", { class: shown ? "picture" : "picture none" });
  picture.style.aspectRatio = String(Math.min(6, Math.max(1 / 6, aspect)));
  if (!shown) picture.append(WHY[photo.state]);
  else {
    const image = make("img", { alt, decoding: "async" });
    image.source = () => `data:image/webp;base64,${photo.picture.textContent}`;
    near.observe(image);
    picture.append(image);
  }
  return picture;
};

const makeFrame = (photo, list, caption = null) => {
  const aspect = Math.min(3, Math.max(0.45, aspectOf(photo)));
  const score = scoreOf(photo);
  const words = caption ?? nameOf(photo);
  const frame = make("button", { type: "button", class: "frame", title: photo.path },
    makePicture(photo),
    make("span", { class: "caption" },
      score === null ? null : make("b", {}, score.toFixed(1)), make("span", {}, words)));
  frame.style.flex = `${aspect} 1 calc(${aspect} * var(--high))`;
  frame.addEventListener("click", () => openDetail(photo, list));
  return frame;
};
const makeFrames = (list, caption = () => null) =>
  make("div", { class: "frames" }, ...list.map((photo) => makeFrame(photo, list, caption(photo))));

const makeEmpty = (title, ...words) =>
  make("p", { class: "empty" }, make("b", {}, title), ...words);

const fill = (id, count, ...inside) => {
  const section = byId(id);
  if (count !== null) section.querySelector("h2").append(make("small", {}, count.toLocaleString("en")));
  section.querySelector("div").replaceChildren(...inside.filter(Boolean));
};
// A few now, and as many again each time they are asked for.
const inSteps = (list, step, draw, into) => {
  let done = 0;
  const button = make("button", { type: "button", class: "further" });
  const next = () => {
    const first = into.children.length;
    into.append(...list.slice(done, done + step).map(draw));
    done = Math.min(list.length, done + step);
    button.textContent = `Show ${many(Math.min(step, list.length - done), "more", "more")}`;
    button.hidden = done === list.length;
    if (done > step) (into.children[first]?.querySelector("button") ?? into.children[first])?.focus();
  };
  button.addEventListener("click", next);
  next();
  return [into, button];
};
