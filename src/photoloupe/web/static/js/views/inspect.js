// Drop photos, get their reports. One file per request, two requests at a time.
import { Failure, send } from "../api.js";
import { drawFailure, drawReport, drawState, makeCard } from "../photo_card.js";
import { makeChooser, onFiles } from "../file_drop.js";
import { count, make, makeButton, many, megabytes, percent } from "../dom.js";
import { download } from "../downloads.js";
import { forget } from "../file_images.js";

const AT_ONCE = 2;
const reports = [];
let [waiting, jobs, working, done, about] = [[], [], 0, 0, null];

const list = make("div", { class: "looked-at" });
const progress = make("progress", { max: 1, value: 0, "aria-label": "Photos inspected" });
const tally = make("span", { role: "status" });
const save = makeButton("Save the answers", () => download(
  new Blob(reports.map((report) => `${JSON.stringify(report)}\n`), { type: "application/jsonl" }), "answers.jsonl"));
const bar = make("div", { class: "tally", hidden: true }, tally, progress, save, makeButton("Clear", () => clear()));
const chooser = makeChooser("Choose photos", (files) => add(files));
const zone = make("div", { class: "zone" }, make("b", {}, "Drop photos here"),
  make("p", { class: "quiet" }, "or a folder, or paste a picture. They go to this server and nowhere else."), chooser);
const root = make("section", { class: "view inspect" }, make("h1", { class: "unseen" }, "Inspect photos"), zone, bar, list);

const drawTally = () => {
  const all = jobs.length;
  bar.hidden = all === 0;
  zone.classList.toggle("slim", all > 0);
  progress.value = all ? done / all : 0;
  progress.hidden = done === all;
  tally.textContent = done === all ? many(all, "photo") : `${count(done)} of ${many(all, "photo")}`;
  save.disabled = reports.length === 0;
};
const clear = () => {
  for (const { stop } of jobs) stop.abort();
  [waiting, jobs, done, reports.length] = [[], [], 0, 0];
  forget(list);
  list.replaceChildren();
  drawTally();
  chooser.querySelector("input").focus();
};
const add = (files) => {
  const fresh = files.map(makeCard);
  jobs.push(...fresh);
  list.append(...fresh.map(({ card }) => card));
  enqueue(fresh);
};
const enqueue = (fresh) => {
  waiting.push(...fresh);
  drawTally();
  while (working < Math.min(AT_ONCE, working + waiting.length)) work();
};
const work = async () => {
  working++;
  for (let job = waiting.shift(); job; job = waiting.shift()) await inspectJob(job);
  working--;
};
const inspectJob = async (job) => {
  try {
    const report = await ask(job);
    if (report.error) throw new Failure(report.error.code, report.error.message, 415);
    reports.push(report);
    drawReport(job, report, about?.library);
  } catch (failure) {
    if (failure.name === "AbortError") return;
    drawFailure(job, failure, () => {
      done--;
      enqueue([job]);
    });
  }
  done++;
  drawTally();
};
const ask = async (job) => {
  const most = about?.limits?.upload_bytes;
  if (most && job.file.size > most) {
    throw new Failure("too_large", `It has ${megabytes(job.file.size)}; this server accepts at most ${megabytes(most)}.`, 413);
  }
  const { photos } = await send("v1/inspect", [["files", job.file]], {
    signal: job.stop.signal,
    progress: (share) => drawState(job, share < 1 ? `Sending, ${percent(share)}` : "Inspecting"),
    wait: (seconds) => drawState(job, `The server is busy; trying again in ${seconds} s`),
  });
  return photos[0];
};

export const inspect = {
  title: "Inspect", root,
  show: (_, server) => {
    about = server;
    return onFiles(add);
  },
  keys: [{ keys: ["o"], words: "Choose photos", run: () => chooser.querySelector("input").click() }],
};
