// The address holds the view and its state: "#/library?filter=selfies&at=12" survives a reload.
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
// If the page has gone elsewhere meanwhile, nothing is noted there.
export const makeAddressUpdater = (view) => {
  let [timer, last] = [0, 0];
  return (at) => {
    const here = location.hash;
    clearTimeout(timer);
    timer = setTimeout(() => {
      if (location.hash !== here) return;
      last = Date.now();
      note(view, { ...read().params, at });
    }, Math.max(0, last + NOTED_MS - Date.now()));
  };
};
// The same, some keys changed: merge({ filter: "selfies", at: null })
export const merge = (changes) => {
  const { view, params } = read();
  go(view, { ...params, ...changes });
};
