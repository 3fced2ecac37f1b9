// Polls the server while a scan adds photos or bursts are being computed.
import { get } from "./api.js";

const ASK_MS = 3000;
const isBusy = ({ library, scanning, bursts }) => library && (scanning || bursts === "computing");

// changed(about, { photos, bursts }): photos: there are more or fewer; bursts: they are known now.
export const watchScan = async (about, changed) => {
  let [last, version] = [about, null];
  while (isBusy(last)) {
    await new Promise((done) => setTimeout(done, ASK_MS));
    try {
      const [next, counts] = await Promise.all([get("v1/about"), get("v1/counts")]);
      const found = { photos: counts.version !== version, bursts: next.bursts !== last.bursts, ended: last.scanning && !next.scanning };
      [last, version] = [next, counts.version];
      changed(next, found);
    } catch { /* the page tells that the server is gone; it may come back */ }
  }
};
