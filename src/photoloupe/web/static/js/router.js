// Where the page is lies in the address: "#/library?filter=selfies&at=12" survives a reload.
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
// The same, some keys changed: merge({ filter: "selfies", at: null })
export const merge = (changes) => {
  const { view, params } = read();
  go(view, { ...params, ...changes });
};
