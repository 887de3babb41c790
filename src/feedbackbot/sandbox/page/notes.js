// What stands beside the phone: whether the saved scripts are in use, and what is to be put right in them.

import { el, fill, icon } from "./dom.js";
import { store } from "./store.js";

// Well before the first note, which would otherwise be seen without its looks for a moment.
document.head.append(el("link", { rel: "stylesheet", href: "/sandbox/static/notes.css" }));

let box = null;
let hidden = null;

export function drawNotes() {
  const said = store.state.notes ?? {};
  const sign = JSON.stringify(said);
  const isShown = Boolean(said.title) && sign !== hidden;
  if (!isShown && !box) return;
  box ??= build();
  box.hidden = !isShown;
  box.classList.toggle("refused", said.kind === "refused");
  fill(box, sign, () => [
    el("p", { class: "notes-title" }, el("strong", { text: said.title ?? "" }), said.text ? ` ${said.text}` : ""),
    said.notes?.length ? el("ol", {}, said.notes.map(line)) : null,
    el("button", { type: "button", class: "icon-button", "aria-label": "Hide the notes", title: "Hide", testid: "notes-hide",
      data: { key: "notes-hide" }, on: { click: () => { hidden = sign; drawNotes(); } } }, icon("close", 14)),
  ]);
}

function line(note) {
  return el("li", { class: note.warning ? "warning" : null, testid: "note" },
    el("code", { text: note.where ?? "", title: note.path }),
    el("span", { text: note.words ?? "" }),
    note.source ? el("pre", { text: note.source }) : null,
    note.hint ? el("small", { text: note.hint }) : null);
}

function build() {
  const made = el("aside", { id: "notes", class: "notes", role: "status", "aria-label": "Scripts", testid: "notes" });
  document.querySelector(".pane-phone .customers").after(made);
  return made;
}
