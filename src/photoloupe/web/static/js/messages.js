// Short messages at the foot of the page, read by screen readers; and empty, loading and failed views.
import { make, makeButton } from "./dom.js";

const SHOWN_MS = 4000;
const FAILED_MS = 9000;

export const showMessage = (words, { failed = false, action = null } = {}) => {
  const note = make("p", { class: failed ? "note failed" : "note" }, make("span", {}, words));
  const remove = () => note.remove();
  if (action) note.append(makeButton(action.words, () => { remove(); action.run(); }, { class: "plain" }));
  const box = document.getElementById("notes");
  while (box.children.length > 2) box.firstChild.remove();
  box.append(note);
  setTimeout(remove, failed ? FAILED_MS : SHOWN_MS);
};

const TITLES = {
  gone: "No connection to the server", no_library: "No folder is served", 401: "Token required", 404: "Not found",
  413: "Too large", 415: "Unsupported format", 422: "Cannot be processed", 429: "The server is busy",
  503: "The server is busy",
};
export const titleOf = (failure) => TITLES[failure.code] ?? TITLES[failure.status] ?? "Something went wrong";

export const makeEmpty = (title, ...words) => make("div", { class: "empty" }, make("b", {}, title), ...words);
export const makeFailure = (failure, retry = null) => make("div", { class: "empty failed", role: "alert" },
  make("b", {}, titleOf(failure)), make("p", {}, failure.message),
  retry && makeButton("Try again", retry));
export const makeLoading = (words) => make("div", { class: "empty loading", role: "status" }, make("span", { class: "spinner" }), words);
export const makeNoLibrary = () => makeEmpty("No folder is served",
  make("p", {}, "This view shows the photos of a folder. Scan one and start the server with it:"),
  make("pre", {}, make("code", {}, "photoloupe scan photos --crops\nphotoloupe serve photos")),
  make("p", {}, make("a", { href: "#/inspect" }, "Inspect"), " and ", make("a", { href: "#/crop" }, "Crop"),
    " work with files that you drop here."));
