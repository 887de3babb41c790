// Where the customer writes: the field, what can be attached, the commands, and START before the first word.

import { base64Of, post } from "./api.js";
import { snippet } from "./chat.js";
import { el, fill, icon } from "./dom.js";
import { openMenu } from "./menu.js";
import { tell } from "./phone.js";
import { bot, touch, ui } from "./store.js";

const COMMANDS = [
  ["human", "talk to a person"], ["stop", "no more questions"], ["help", "what this is"], ["privacy", "what is kept"],
  ["mydata", "a copy of what is kept"], ["withdraw", "take back a quote"], ["forget", "delete everything"],
];

const drafts = new Map();
const notes = new Map();

export function drawComposer(box, one) {
  const mode = modeOf(one);
  fill(box, JSON.stringify([one.id, mode, notes.get(one.id) ?? null]), () => {
    if (mode === "start") return startButton(one);
    if (mode === "unblock") return wideButton("UNBLOCK", () => tell(() => post("telegram/unblock", { customer: one.id })));
    if (mode === "gone") return el("p", { class: "composer-gone", text: "This account has been deleted." });
    return [noteBar(one), writingLine(one)];
  });
}

function modeOf(one) {
  if (one.deleted) return "gone";
  if (one.blocked) return "unblock";
  return ui.pending[one.id] !== undefined || !one.messages.length ? "start" : "write";
}

function wideButton(label, run, testid = null) {
  return el("button", { type: "button", class: "composer-wide", testid, data: { key: label }, on: { click: run } }, label);
}

function startButton(one) {
  return wideButton("START", async () => {
    const link = ui.pending[one.id];
    const done = await tell(() => post("telegram/open_link", { customer: one.id, ...(link ? { link } : {}) }));
    if (!done) return;
    delete ui.pending[one.id];
    touch();
  }, "phone-start");
}

function writingLine(one) {
  const field = el("textarea", {
    rows: 1, placeholder: "Message", "aria-label": "Message to the bot", testid: "phone-composer", maxlength: 4096,
    data: { key: "field" }, value: drafts.get(one.id) ?? "",
  });
  const send = el("button", { type: "button", class: "composer-send icon-button", testid: "phone-send", data: { key: "send" } });
  const submit = () => (field.value.trim() ? sendWords(one, field) : sendVoice(one));
  const adjust = () => {
    drafts.set(one.id, field.value);
    grow(field);
    drawSend(send, field.value.trim() !== "");
  };
  field.addEventListener("input", adjust);
  field.addEventListener("keydown", (event) => onKey(event, one, submit));
  send.addEventListener("click", submit);
  queueMicrotask(adjust);
  return el("div", { class: "composer-line" }, commandsButton(one, field), field, attachButton(one), send);
}

function onKey(event, one, submit) {
  if (event.key === "Escape" && notes.delete(one.id)) touch();
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  if (event.currentTarget.value.trim()) submit();
}

export function grow(field) {
  field.style.height = "auto";
  if (field.scrollHeight) field.style.height = `${Math.min(field.scrollHeight, 140)}px`;
}

function drawSend(button, hasWords) {
  const name = hasWords ? "send" : "mic";
  if (button.dataset.shows === name) return;
  button.dataset.shows = name;
  button.setAttribute("aria-label", hasWords ? "Send" : "Send a voice message");
  button.title = hasWords ? "Send" : "Send a sample voice message";
  button.replaceChildren(icon(name, 22));
}

async function sendWords(one, field) {
  const text = field.value.trim();
  const note = notes.get(one.id);
  field.value = "";
  field.dispatchEvent(new Event("input"));
  const done = await tell(() => (note?.kind === "edit"
    ? post("telegram/edit", { customer: one.id, message_id: note.id, text })
    : post("telegram/send", { customer: one.id, text, ...replyPart(note) })));
  if (done) clearNote(one);
  else restoreDraft(one, field, text);
}

const replyPart = (note) => (note?.kind === "reply" ? { reply_to: note.id } : {});

function clearNote(one) {
  if (notes.delete(one.id)) touch();
}

function restoreDraft(one, field, text) {
  field.value = text;
  drafts.set(one.id, text);
}

function sendMedia(one, media) {
  const note = notes.get(one.id);
  clearNote(one);
  return tell(() => post("telegram/send", { customer: one.id, ...media, ...replyPart(note) }));
}

const sendVoice = (one) => sendMedia(one, { voice: "sample", seconds: 7 });

function commandsButton(one, field) {
  const list = bot().commands?.length ? bot().commands.map((entry) => [entry.command, entry.description]) : COMMANDS;
  const items = list.map(([name, words]) => ({ label: `/${name}`, hint: words, run: () => {
    field.focus();
    tell(() => post("telegram/send", { customer: one.id, text: `/${name}` }));
  } }));
  return el("button", { type: "button", class: "composer-menu", "aria-haspopup": "menu", "aria-label": "Commands", testid: "phone-commands", data: { key: "commands" },
    on: { click: (event) => openMenu(event.currentTarget, items) } }, icon("menu", 18), el("span", { text: "Menu" }));
}

function attachButton(one) {
  const items = [
    { label: "Sample photo", icon: "image", run: () => sendMedia(one, { photo: "sample" }) },
    { label: "Two photos at once", icon: "image", run: () => sendAlbum(one) },
    { label: "Photo from this computer…", icon: "plus", run: () => pickPhoto(one) },
    { label: "Sample document", icon: "file", run: () => sendMedia(one, { document: sampleDocument() }) },
  ];
  return el("button", { type: "button", class: "icon-button", "aria-label": "Attach", "aria-haspopup": "menu", testid: "phone-attach", data: { key: "attach" },
    on: { click: (event) => openMenu(event.currentTarget, items, { align: "end" }) } }, icon("attach", 22));
}

async function sendAlbum(one) {
  const group = String(Date.now());
  await sendMedia(one, { photo: "sample", media_group_id: group, caption: "Both sides" });
  await sendMedia(one, { photo: "sample", media_group_id: group });
}

function pickPhoto(one) {
  const picker = el("input", { type: "file", accept: "image/*" });
  picker.onchange = async () => {
    if (picker.files[0]) await sendMedia(one, { photo: await base64Of(picker.files[0]) });
  };
  picker.click();
}

const sampleDocument = () => ({ name: "receipt.txt", mime: "text/plain", data: btoa("Receipt\nOne pair of shoes\n") });

/** Answer one particular message. */
export function startReply(one, message) {
  notes.set(one.id, { kind: "reply", id: message.message_id, title: "Reply", words: snippet(message) });
  focusField();
}

/** Change words already sent. */
export function startEditing(one, message) {
  notes.set(one.id, { kind: "edit", id: message.message_id, title: "Edit message", words: message.text });
  drafts.set(one.id, message.text);
  focusField();
}

function focusField() {
  touch();
  setTimeout(() => document.querySelector("[data-testid=phone-composer]")?.focus(), 0);
}

function noteBar(one) {
  const note = notes.get(one.id);
  if (!note) return null;
  const drop = () => {
    if (note.kind === "edit") drafts.delete(one.id);
    clearNote(one);
  };
  return el("div", { class: "composer-note" }, icon(note.kind === "edit" ? "edit" : "reply", 18),
    el("span", {}, el("strong", { text: note.title }), el("span", { text: note.words })),
    el("button", { type: "button", class: "icon-button", "aria-label": "Leave it", on: { click: drop } }, icon("close", 18)));
}
