// The grid of all photos: sorted and filtered here, drawn a page at a time as it is scrolled to.
const PAGE = 120;
const KINDS = {
  "all photos": () => true, selfies: isSelfie, squished: isSquished,
  "my picks": (photo) => photo.decision === "keep" || photo.rating >= 4,
  "my rejects": (photo) => photo.decision === "reject",
  "changed since the scan": (photo) => photo.state === "changed",
  "cannot be shown": (photo) => !isShown(photo),
};
const ORDERS = {
  "score, best first": by(scoreOf, -1), "score, worst first": by(scoreOf, 1),
  name: by((photo) => photo.path, 1), "taken last": by((photo) => photo.taken ?? null, -1),
  "taken first": by((photo) => photo.taken ?? null, 1), "newest file": by((photo) => photo.mtime_ns, -1),
  "largest file": by((photo) => photo.file_bytes, -1),
  "most pixels": by((photo) => photo.width * photo.height || null, -1),
  "likely selfies": by((photo) => photo.selfie?.probability ?? null, -1),
  "most squished": by(severity, -1),
};
const grid = byId("grid");
let chosen = [];
let drawn = 0;

const drawMore = () => {
  const next = chosen.slice(drawn, drawn + PAGE);
  grid.firstElementChild?.append(...next.map((photo) => makeFrame(photo, chosen)));
  drawn += next.length;
  byId("more").hidden = drawn >= chosen.length;
};
const drawAll = () => {
  const words = byId("words").value.toLowerCase();
  const [least, most] = ["least", "most"].map((id) => byId(id).valueAsNumber);
  const anyScore = !(least > 1) && !(most < 10);
  chosen = photos.filter((photo) => {
    const score = scoreOf(photo);
    const text = `${photo.path} ${photo.camera ?? ""} ${photo.lens ?? ""}`.toLowerCase();
    return KINDS[byId("kind").value](photo) && text.includes(words) &&
      (anyScore || (score !== null && !(score < least) && !(score > most)));
  }).sort(ORDERS[byId("order").value]);
  for (const image of grid.querySelectorAll("img")) near.unobserve(image);
  grid.replaceChildren(chosen.length ? make("div", { class: "frames" })
    : makeEmpty(photos.length ? "No photo is like that" : "No photos",
      photos.length ? "Clear the filters to see them all." : "The catalog has none for this page."));
  drawn = 0;
  drawMore();
  byId("count").textContent = `${many(chosen.length, "photo")} of ${photos.length.toLocaleString("en")}`;
};
const choose = ({ least, most }) => {
  byId("choices").reset();
  Object.assign(byId("least"), { value: least });
  Object.assign(byId("most"), { value: most });
  drawAll();
  byId("all").scrollIntoView();
  byId("all").focus({ preventScroll: true });
};
const startAll = () => {
  const options = (names) => Object.keys(names).map((name) => make("option", {}, name));
  byId("kind").append(...options(KINDS));
  byId("order").append(...options(ORDERS));
  byId("choices").addEventListener("input", drawAll);
  byId("choices").addEventListener("submit", (event) => event.preventDefault());
  byId("choices").addEventListener("reset", () => setTimeout(drawAll));
  byId("more").addEventListener("click", drawMore);
  new IntersectionObserver((entries) => {
    if (entries.some((entry) => entry.isIntersecting)) drawMore();
  }, { rootMargin: "1200px" }).observe(byId("more"));
  drawAll();
};
