// The form for a server that asks for its token. The server answers with a cookie that no script can read.
import { make, makeButton } from "./make.js";

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
  make("b", {}, "A token is needed"),
  make("p", {}, "This server was started with --token. Whoever started it knows the token."),
  make("label", { class: "field" }, make("span", {}, "Token"), input),
  takeWrong() ? make("p", { class: "problem", role: "alert" }, "That was not the token.") : null,
  makeButton("Open", () => {}, { type: "submit", class: "main-button" }));
  return form;
};
