// Slack's field for writing, with @ for people and the bot, and files.

import { base64Of, post } from "./api.js";
import { grow } from "./composer.js";
import { el, icon } from "./dom.js";
import { tried } from "./slackmessages.js";
import { nameOf, slackUsers, ui } from "./store.js";

const BOT = "@feedbackbot";
const drafts = new Map();

export function slackComposer({ channel, thread = null, name, testid }) {
  const place = `${ui.staff} ${channel} ${thread}`;
  const field = el("textarea", {
    rows: 1, placeholder: thread ? "Reply…" : `Message ${name}`, "aria-label": thread ? "Reply in the thread" : `Message to ${name}`,
    testid: `${testid}-composer`, data: { key: `${testid}-field` }, value: drafts.get(place) ?? "",
  });
  const context = { channel, thread, field, place, picked: [], names: el("div", { class: "mention-list", role: "listbox", "aria-label": "People", hidden: true }) };
  context.tray = el("div", { class: "composer-files" });
  context.send = el("button", { type: "button", class: "slack-send", "aria-label": "Send", testid: `${testid}-send`, disabled: true, on: { click: () => send(context) } }, icon("send", 18));
  field.addEventListener("input", () => onInput(context));
  field.addEventListener("keydown", (event) => onKey(event, context));
  field.addEventListener("blur", () => setTimeout(() => showNames(context, []), 150));
  queueMicrotask(() => onInput(context));
  return el("div", { class: "slack-composer" }, context.names, field, context.tray,
    el("div", { class: "composer-tools" },
      el("button", { type: "button", class: "icon-button", "aria-label": "Attach a file", title: "Attach a file", on: { click: () => pick(context) } }, icon("plus", 18)),
      el("button", { type: "button", class: "mention-chip", testid: `${testid}-mention`, title: thread ? "Only what mentions the bot goes to the customer" : "Mention the bot", on: { click: () => insertBot(context) } }, BOT),
      thread ? el("small", { class: "composer-hint", text: "goes to the customer; all else stays inside" }) : null,
      context.send));
}

function onInput(context) {
  drafts.set(context.place, context.field.value);
  grow(context.field);
  context.send.disabled = !context.field.value.trim() && !context.picked.length;
  const typed = /(?:^|\s)@([\p{L}\d]*)$/u.exec(context.field.value.slice(0, context.field.selectionStart));
  showNames(context, typed && document.activeElement === context.field ? matching(typed[1]) : []);
}

function matching(start) {
  return slackUsers()
    .map((user) => (user.id === "U0BOT" || user.is_bot ? { words: BOT, note: "the bot: goes to the customer" } : { words: `@${nameOf(user)}`, note: "inside the team" }))
    .filter((entry) => entry.words.toLowerCase().slice(1).startsWith(start.toLowerCase()))
    .sort((one, other) => Number(other.words === BOT) - Number(one.words === BOT));
}

function showNames(context, entries) {
  context.names.hidden = !entries.length;
  context.chosen = 0;
  context.names.replaceChildren(...entries.map((entry, index) =>
    el("button", { type: "button", role: "option", tabindex: "-1", "aria-selected": String(index === 0), on: { pointerdown: (event) => takeName(event, context, entry.words) } },
      el("strong", { text: entry.words }), el("small", { text: entry.note }))));
}

function takeName(event, context, words) {
  event?.preventDefault();
  const { field } = context;
  const before = field.value.slice(0, field.selectionStart).replace(/@[\p{L}\d]*$/u, `${words} `);
  field.value = before + field.value.slice(field.selectionStart);
  field.setSelectionRange(before.length, before.length);
  onInput(context);
}

function onKey(event, context) {
  const options = context.names.hidden ? [] : [...context.names.children];
  if (options.length && moveThroughNames(event, context, options)) return;
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  send(context);
}

function moveThroughNames(event, context, options) {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step) {
    context.chosen = (context.chosen + step + options.length) % options.length;
    options.forEach((option, index) => option.setAttribute("aria-selected", String(index === context.chosen)));
  } else if (event.key === "Enter" || event.key === "Tab") takeName(null, context, options[context.chosen].querySelector("strong").textContent);
  else if (event.key === "Escape") showNames(context, []);
  else return false;
  event.preventDefault();
  return true;
}

function insertBot(context) {
  const { field } = context;
  if (!field.value.includes(BOT)) field.value = `${BOT} ${field.value}`;
  field.focus();
  field.setSelectionRange(field.value.length, field.value.length);
  onInput(context);
}

async function send(context) {
  const { field, picked } = context;
  const text = field.value.trim();
  if (!text && !picked.length) return;
  field.value = "";
  context.picked = [];
  drawTray(context);
  onInput(context);
  const done = await tried(() => post("slack/send", {
    user: ui.staff, channel: context.channel, text: withIds(text),
    ...(context.thread ? { thread_ts: context.thread } : {}), ...(picked.length ? { files: picked } : {}),
  }));
  if (done || field.value) return;
  field.value = text;
  context.picked = picked;
  drawTray(context);
  onInput(context);
}

/** Names of people become the ids that Slack sends; the bot's name is left for the sandbox to know. */
function withIds(text) {
  let written = text;
  for (const user of slackUsers()) if (user.id !== "U0BOT") written = written.replaceAll(`@${nameOf(user)}`, `<@${user.id}>`);
  return written;
}

function pick(context) {
  const picker = el("input", { type: "file" });
  picker.onchange = async () => {
    const file = picker.files[0];
    if (!file) return;
    context.picked = [...context.picked, { name: file.name, mime: file.type || "application/octet-stream", data: await base64Of(file) }];
    drawTray(context);
    onInput(context);
  };
  picker.click();
}

function drawTray(context) {
  context.tray.replaceChildren(...context.picked.map((file) => el("span", { class: "picked-file" }, icon("file", 14), file.name)));
}
