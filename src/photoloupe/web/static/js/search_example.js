// The dropped photo that the library is searched with; lost on reload.
const MARK = "file-";
let [file, number] = [null, 0];

// -> what the address says instead of an id: each drop has its own
export const setExample = (dropped) => {
  [file, number] = [dropped, number + 1];
  return MARK + number;
};
export const isExample = (like) => like.startsWith(MARK);
// null after a reload: an address holds no file
export const exampleFile = (like) => (like === MARK + number ? file : null);
