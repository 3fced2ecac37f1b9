// Short notes at the foot of the page, read out by screen readers; and the states a view can be in.
import { make, makeButton } from "./make.js";

const SHOWN_MS = 4000;
const FAILED_MS = 9000;

export const say = (words, { failed = false, action = null } = {}) => {
  const note = make("p", { class: failed ? "note failed" : "note" }, make("span", {}, words));
  const remove = () => note.remove();
  if (action) note.append(makeButton(action.words, () => { remove(); action.run(); }, { class: "plain" }));
  const box = document.getElementById("notes");
  while (box.children.length > 2) box.firstChild.remove();
  box.append(note);
  setTimeout(remove, failed ? FAILED_MS : SHOWN_MS);
};

const TITLES = {
  gone: "The server is gone", no_library: "No folder is served", 401: "A token is needed", 404: "Not there",
  413: "Too large", 415: "Not a picture that can be read", 422: "That cannot be answered", 429: "The server is busy",
  503: "The server is busy",
};
export const titleOf = (failure) => TITLES[failure.code] ?? TITLES[failure.status] ?? "That went wrong";

export const makeEmpty = (title, ...words) => make("div", { class: "empty" }, make("b", {}, title), ...words);
export const makeFailure = (failure, retry = null) => make("div", { class: "empty failed", role: "alert" },
  make("b", {}, titleOf(failure)), make("p", {}, failure.message),
  retry && makeButton("Try again", retry));
export const makeLoading = (words) => make("div", { class: "empty loading", role: "status" }, make("span", { class: "spinner" }), words);
export const makeNoLibrary = () => makeEmpty("No folder is served",
  make("p", {}, "This view shows a folder of photos. Scan one and start the server with it:"),
  make("pre", {}, make("code", {}, "photoloupe scan photos --crops\nphotoloupe serve photos")),
  make("p", {}, make("a", { href: "#/inspect" }, "Inspect"), " and ", make("a", { href: "#/crop" }, "Crop"),
    " work with files that you drop here."));
