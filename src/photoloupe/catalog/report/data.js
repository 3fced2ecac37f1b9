// What the page holds: values of each photo, and its picture, which is read when it comes into view.
const read = (node) => JSON.parse(node.textContent);
const photos = [...document.querySelectorAll("script.photo")].map((node, number) => ({
  ...read(node), number, picture: node.nextElementSibling,
}));
const about = read(document.querySelector("script.about"));

const scoreOf = (photo) => photo.aesthetics?.score ?? null;
const isSelfie = (photo) => photo.selfie?.is_selfie === true;
const isSquished = (photo) => photo.squish?.squished === true;
const isShown = (photo) => photo.thumbnail_wh !== null;
const nameOf = (photo) => photo.path.split(/[\\/]/).pop();
const severity = (photo) =>
  photo.squish ? 1 - photo.squish.width_ratio * photo.squish.height_ratio : -1;

// The picture of a squished photo is kept in its repaired shape.
const repairedAspect = (photo) => photo.thumbnail_wh[0] / photo.thumbnail_wh[1];
const aspectOf = (photo) => {
  if (!isShown(photo)) return photo.width ? photo.width / photo.height : 1.5;
  if (!isSquished(photo) || photo.state !== "there") return repairedAspect(photo);
  return photo.width / photo.height;
};
const by = (key, sign) => (a, b) => {
  const [x, y] = [key(a), key(b)];
  if (x === null || y === null) return (x === null) - (y === null);
  return x === y ? a.number - b.number : x < y ? -sign : sign;
};
const scored = photos.filter((photo) => scoreOf(photo) !== null).sort(by(scoreOf, -1));
