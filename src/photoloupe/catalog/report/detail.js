// One photo, larger, with all that is known of it. Left and right go on, Escape closes.
const dialog = byId("detail");
let open = null;

const bytes = (count) => count < 1e6 ? `${Math.ceil(count / 1e3)} kB` : `${(count / 1e6).toFixed(1)} MB`;
const exposureOf = (photo) => [
  photo.focal_length && `${Math.round(photo.focal_length)} mm`,
  photo.exposure_time && (photo.exposure_time < 0.4 ? `1/${Math.round(1 / photo.exposure_time)} s` : `${photo.exposure_time} s`),
  photo.aperture && `f/${Number(photo.aperture.toFixed(1))}`, photo.iso && `ISO ${photo.iso}`,
].filter(Boolean).join(", ");
const factsOf = (photo) => [
  ["Score", scoreOf(photo) === null ? null : `${scoreOf(photo).toFixed(2)}, give or take ${photo.aesthetics.std.toFixed(2)}`],
  ["Selfie", photo.selfie ? `${percent(photo.selfie.probability)}: ${photo.selfie.evidence.join("; ")}`.replace(/: $/, "") : null],
  ["Squish", isSquished(photo)
    ? `width to ${percent(photo.squish.width_ratio)}, height to ${percent(photo.squish.height_ratio)}` : null],
  ["Size", photo.width ? `${photo.width} x ${photo.height} px, ${bytes(photo.file_bytes)} ${photo.format ?? ""}` : null],
  ["Camera", [photo.camera, photo.lens].filter(Boolean).join(", ")],
  ["Taken", photo.taken?.slice(0, 19).replace("T", " ")],
  ["Exposure", exposureOf(photo)],
  ["Yours", [photo.rating != null ? `rated ${photo.rating}` : null, photo.decision].filter(Boolean).join(", ")],
  ["Note", photo.note],
  ["Error", photo.error?.message ?? null],
  ["State", photo.state === "changed" ? "changed since the scan: the answers are about the old content" : WHY[photo.state]],
].filter(([, words]) => words);

const drawDetail = () => {
  const photo = open.list[open.at];
  const side = (aspect) => {
    const picture = makePicture(photo, aspect);
    picture.style.width = `min(100%, calc(min(46vh, 420px) * ${aspect}))`;
    return picture;
  };
  const repaired = isShown(photo) && isSquished(photo) && photo.state === "there";
  const step = (words, by) => {
    const button = make("button", { type: "button", disabled: !open.list[open.at + by] }, words);
    button.addEventListener("click", () => go(by));
    return button;
  };
  const close = make("button", { type: "button" }, "Close");
  close.addEventListener("click", () => dialog.close());
  dialog.replaceChildren(
    make("div", { class: "stage" }, side(aspectOf(photo)), repaired ? side(repairedAspect(photo)) : null),
    make("h2", { id: "detail-name" }, photo.path),
    make("dl", {}, ...factsOf(photo).flatMap(([name, words]) => [make("dt", {}, name), make("dd", {}, words)])),
    make("nav", {}, step("Previous", -1), step("Next", 1), close));
};
const go = (by) => {
  if (!open.list[open.at + by]) return;
  open.at += by;
  drawDetail();
  dialog.querySelector("nav button:not(:disabled)").focus();
};
const openDetail = (photo, list) => {
  open = { list, at: list.indexOf(photo) };
  drawDetail();
  dialog.showModal();
};
dialog.addEventListener("keydown", (event) => {
  if (event.key === "ArrowLeft") go(-1);
  if (event.key === "ArrowRight") go(1);
});
dialog.addEventListener("click", (event) => {
  if (event.target === dialog) dialog.close();
});
