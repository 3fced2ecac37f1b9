// Requests to the server. Every failure is a Failure: a code, and a message for people.
const WAITS = 3; // how often a busy server (429, 503) is asked again
const LONGEST_WAIT_S = 20;

export class Failure extends Error {
  constructor(code, message, status = 0, waitSeconds = null) {
    super(message);
    Object.assign(this, { code, status, waitSeconds });
  }
}
const GONE = "The server does not respond. Is photoloupe serve still running?";
const STATUS_MESSAGES = {
  401: "This server requires a token.", 413: "The file is larger than the server accepts.",
  415: "The format of the file is not supported.", 422: "The server could not process the request.",
  429: "The server is busy.", 503: "The server is busy.",
};
const failureOf = (status, text, retryAfter) => {
  let error = {};
  try {
    error = JSON.parse(text).error ?? {};
  } catch { /* a proxy's page, or nothing: the status says it */ }
  return new Failure(error.code ?? `http_${status}`, error.message ?? STATUS_MESSAGES[status] ?? `The server responded with status ${status}.`,
    status, Number(retryAfter) || null);
};

const sleep = (seconds) => new Promise((done) => setTimeout(done, 1000 * seconds));
const withRetries = async (ask, onWait) => {
  for (let waited = 0; ; waited++) {
    try {
      return await ask();
    } catch (failure) {
      const busy = failure instanceof Failure && failure.waitSeconds !== null && [429, 503].includes(failure.status);
      if (!busy || waited === WAITS) throw failure;
      const seconds = Math.min(LONGEST_WAIT_S, failure.waitSeconds);
      onWait?.(seconds);
      await sleep(seconds);
    }
  }
};

const watchers = new Set();
export const onUnreachable = (tell) => watchers.add(tell);
const gone = () => {
  for (const tell of watchers) tell();
  return new Failure("gone", GONE);
};
const ask = async (path, { type = "json", ...options } = {}) => {
  let answer;
  try {
    answer = await fetch(path, { credentials: "same-origin", ...options });
  } catch (error) {
    throw error.name === "AbortError" ? error : gone();
  }
  if (!answer.ok) throw failureOf(answer.status, await answer.text(), answer.headers.get("Retry-After"));
  return type === "json" ? answer.json() : answer.blob();
};

const query = (values) => {
  const given = Object.entries(values).filter(([, value]) => value !== null && value !== undefined && value !== "");
  return new URLSearchParams(given).toString();
};
export const get = (path, values = {}, signal = undefined) =>
  withRetries(() => ask(`${path}?${query(values)}`, { signal }));
export const tell = (method, path, body = undefined, type = "json") => withRetries(() => ask(path, {
  method, type, keepalive: true, body: body && JSON.stringify(body), headers: body ? { "Content-Type": "application/json" } : {},
}));
export const isAlive = () => fetch("healthz").then((answer) => answer.ok, () => false);

// Files go by XMLHttpRequest: fetch reports no progress of uploads.
// send("v1/inspect", [["files", file]], { progress: (share) => ..., wait, signal, type: "json" | "blob" })
export const send = (path, parts, options = {}) => withRetries(() => post(path, parts, options), options.wait);

const post = (path, parts, { progress, signal, type = "json" }) => new Promise((resolve, reject) => {
  const form = new FormData();
  for (const [name, file] of parts) form.append(name, file, file.name || "pasted.png");
  const request = new XMLHttpRequest();
  request.open("POST", path);
  request.responseType = "blob";
  request.upload.onprogress = (event) => event.lengthComputable && progress?.(event.loaded / event.total);
  request.upload.onload = () => progress?.(1);
  request.onerror = () => reject(gone());
  request.onabort = () => reject(new DOMException("stopped", "AbortError"));
  request.onload = async () => {
    const good = request.status >= 200 && request.status < 300;
    if (good && type === "blob") return resolve(request.response);
    const text = await request.response.text();
    if (!good) return reject(failureOf(request.status, text, request.getResponseHeader("Retry-After")));
    return resolve(JSON.parse(text));
  };
  signal?.addEventListener("abort", () => request.abort());
  request.send(form);
});

export const thumbnailOf = (id, size = 320) => `v1/photos/${encodeURIComponent(id)}/thumbnail?size=${size}`;
export const pictureOf = (id, size = 2048) => `v1/photos/${encodeURIComponent(id)}/picture?size=${size}`;
