// Starts the page: opens views, watches the connection, asks for the token.
import { setQuestions } from "./answers.js";
import { get, isAlive, onUnreachable } from "./api.js";
import * as fileDrop from "./file_drop.js";
import * as shortcuts from "./shortcuts.js";
import { makeFailure, makeLoading, showMessage } from "./messages.js";
import { clearPhotos } from "./photo_store.js";
import { read } from "./router.js";
import { watchScan } from "./scan_watch.js";
import { makeTokenForm } from "./token_form.js";
import { crop } from "./views/crop.js";
import { cull } from "./views/cull.js";
import { familiesView } from "./views/families.js";
import { inspect } from "./views/inspect.js";
import { library } from "./views/library.js";

const VIEWS = { inspect, crop, library, cull, families: familiesView };
const FIRST = "inspect";
const ALIVE_S = 3;

const main = document.getElementById("main");
let [about, leave, openName] = [null, () => {}, null];

const open = () => {
  const { view: wanted, params } = read();
  const name = VIEWS[wanted] ? wanted : FIRST;
  const view = VIEWS[name];
  const fresh = name !== openName;
  if (fresh) {
    leave();
    VIEWS[openName]?.hide?.();
    openName = name;
    main.replaceChildren(view.root);
    document.body.classList.toggle("fills", Boolean(view.fills));
    document.title = `${view.title} - photoloupe`;
    for (const link of document.querySelectorAll(".tabs a")) {
      if (link.dataset.view === name) link.setAttribute("aria-current", "page");
      else link.removeAttribute("aria-current");
    }
    scrollTo(0, 0);
    if (document.activeElement?.closest?.(".tabs") === null) main.focus({ preventScroll: true });
  }
  const forget = view.show(params, about);
  if (fresh) {
    const forgets = [forget, shortcuts.bind(view.title, view.keys)];
    leave = () => forgets.forEach((forget) => typeof forget === "function" && forget());
  }
};

const begin = async () => {
  main.replaceChildren(makeLoading("Connecting to the server"));
  try {
    about = await get("v1/about");
    setQuestions(about.questions);
  } catch (failure) {
    main.replaceChildren(failure.status === 401 ? makeTokenForm() : makeFailure(failure, begin));
    return;
  }
  if (location.search) history.replaceState(null, "", location.pathname + location.hash);
  drawFolder();
  openName = null;
  open();
  watchScan(about, (next, { photos, bursts, ended }) => {
    about = next;
    drawFolder();
    if (bursts) clearPhotos();
    if (ended) showMessage("The scan is complete", { action: { words: "Show new photos", run: renew } });
    else if (photos && VIEWS[openName].renew && document.querySelector("main > .library .empty, main > .cull .empty")) renew();
  });
};
const drawFolder = () => {
  document.getElementById("folder").textContent = [about.folder, about.scanning ? "scanning" : null].filter(Boolean).join(" · ");
};
const renew = () => {
  clearPhotos();
  VIEWS[openName].renew?.();
  open();
};

let asking = false;
const gone = document.getElementById("gone");
onUnreachable(async () => {
  if (asking) return;
  asking = true;
  gone.textContent = "The server does not respond. Start it again; this page will reconnect.";
  gone.hidden = false;
  while (!await isAlive()) await new Promise((done) => setTimeout(done, 1000 * ALIVE_S));
  asking = false;
  gone.hidden = true;
  if (about) document.querySelector("main .failed button")?.click();
  else begin();
});

fileDrop.start();
shortcuts.start();
addEventListener("hashchange", () => about && open());
document.querySelector(".skip").addEventListener("click", (event) => {
  event.preventDefault(); // the address is the view's
  main.focus();
});
begin();
