// Photos of the library by id: loaded in batches, the latest 6,000 kept.
import { get, tell } from "./api.js";

const BATCH = 100; // the server gives 200 at most
const KEPT = 6000; // about a kilobyte each
const known = new Map();
const held = new Map(); // id -> rating and decision as the server has them
const asked = new Map(); // id -> the promise of the batch that brings it
const watchers = new Set();

export const photoOf = (id) => known.get(id) ?? null;
// tellOf(id, decided): a photo was loaded, or (decided) its rating or decision changed.
export const onChange = (tellOf) => {
  watchers.add(tellOf);
  return () => watchers.delete(tellOf);
};
const draw = (photo, decided) => {
  known.delete(photo.id);
  known.set(photo.id, photo);
  for (const watch of watchers) watch(photo.id, decided);
};
// Photos shown next are loaded again.
export const clearPhotos = () => {
  known.clear();
  held.clear();
};
// Stores a photo as the server sent it.
export const keep = (photo, decided = false) => {
  held.set(photo.id, { rating: photo.rating, decision: photo.decision });
  draw({ ...known.get(photo.id), ...photo }, decided);
  if (known.size <= KEPT) return photo;
  const [oldest] = known.keys();
  known.delete(oldest);
  held.delete(oldest);
  return photo;
};

// Resolves when the server has answered about all of them, or rejects with the first Failure.
export const loadPhotos = async (ids) => {
  const missing = ids.filter((id) => !known.has(id) && !asked.has(id));
  for (let at = 0; at < missing.length; at += BATCH) {
    const batch = missing.slice(at, at + BATCH);
    const answer = fetchBatch(batch);
    for (const id of batch) asked.set(id, answer);
  }
  await Promise.all(new Set(ids.map((id) => asked.get(id)).filter(Boolean)));
};
const fetchBatch = async (ids) => {
  try {
    const { photos } = await get("v1/photos", { ids: ids.join(",") });
    for (const photo of photos) keep(photo);
  } finally {
    for (const id of ids) asked.delete(id);
  }
};

// Decisions are drawn at once and written one after the other, so that undo meets them in order.
let [writing, unwritten] = [Promise.resolve(), 0];
const later = (write) => {
  unwritten++;
  const done = writing.then(write).finally(() => { unwritten--; });
  writing = done.catch(() => {});
  return done;
};
addEventListener("beforeunload", (event) => unwritten > 0 && event.preventDefault());
const patch = (id, change) => {
  const photo = known.get(id);
  if (photo) draw({ ...photo, ...change }, true);
};
// change: { rating: 0..5 or null } or { decision: "keep", "reject" or null }, or both.
// Rejects with a Failure after the photo was put back to what the server holds.
export const decide = (id, change) => {
  patch(id, change);
  return later(async () => {
    try {
      return keep(await tell("PATCH", `v1/photos/${encodeURIComponent(id)}`, change), true);
    } catch (failure) {
      patch(id, held.get(id));
      throw failure;
    }
  });
};
export const undo = () => later(async () => keep(await tell("POST", "v1/undo"), true));
