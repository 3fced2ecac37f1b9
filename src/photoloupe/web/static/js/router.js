// Where the page is lies in the address: "#/library?filter=selfies&at=12" survives a reload.
const NOTED_MS = 160;

export const read = (hash = location.hash) => {
  const [view, search = ""] = hash.replace(/^#\/?/, "").split("?");
  return { view, params: Object.fromEntries(new URLSearchParams(search)) };
};

export const hrefOf = (view, params = {}) => {
  const given = Object.entries(params).filter(([, value]) => value !== null && value !== undefined && value !== "");
  const search = new URLSearchParams(given).toString();
  return `#/${view}${search ? `?${search}` : ""}`;
};
export const go = (view, params) => {
  location.hash = hrefOf(view, params);
};
// Notes where the page is without drawing anything anew, and without a step in the history.
export const note = (view, params) => {
  if (read().view === view) history.replaceState(null, "", hrefOf(view, params));
};
// note(), at most every so often: browsers allow 200 changes of the address in 30 s.
export const makeNoter = (view) => {
  let [timer, wanted, last] = [0, null, 0];
  const write = () => {
    last = Date.now();
    if (read().view === view) note(view, { ...read().params, at: wanted });
  };
  return (at) => {
    wanted = at;
    clearTimeout(timer);
    timer = setTimeout(write, Math.max(0, last + NOTED_MS - Date.now()));
  };
};
// The same, some keys changed: merge({ filter: "selfies", at: null })
export const merge = (changes) => {
  const { view, params } = read();
  go(view, { ...params, ...changes });
};
