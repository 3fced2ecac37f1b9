// The form that asks for the token. The server sets a cookie that no script can read.
import { make, makeButton } from "./dom.js";

// A wrong token comes back in the address, where it shall not stay. -> was there one?
const takeWrong = () => {
  const wrong = new URLSearchParams(location.search).has("token");
  if (wrong) history.replaceState(null, "", location.pathname + location.hash);
  return wrong;
};
export const makeTokenForm = () => {
  const input = make("input", { type: "password", autocomplete: "current-password", required: true, id: "token" });
  const form = make("form", { class: "empty token", on: { submit: (event) => {
    event.preventDefault();
    location.assign(`./?token=${encodeURIComponent(input.value)}${location.hash}`);
  } } },
  make("b", {}, "Token required"),
  make("p", {}, "This server was started with --token. Ask whoever started it."),
  make("label", { class: "field" }, make("span", {}, "Token"), input),
  takeWrong() ? make("p", { class: "problem", role: "alert" }, "Wrong token.") : null,
  makeButton("Open", () => {}, { type: "submit", class: "main-button" }));
  return form;
};
