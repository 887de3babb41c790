// The phone: its frame, the bar on top, the apps, and what pops up over them.

import { RefusedError, post } from "./api.js";
import { drawChat, jumpToEnd, snippet } from "./chat.js";
import { drawComposer } from "./composer.js";
import { addCustomer, screenOf, unreadChat, unreadMails } from "./customers.js";
import { el, fill, icon } from "./dom.js";
import { drawMail } from "./mail.js";
import { ask, openMenu } from "./menu.js";
import { bot, customer, mailsOf, refreshSoon, touch, ui } from "./store.js";
import { moment, now, timeOf } from "./time.js";

let parts = null;
let shownCustomer = null;

export function buildPhone() {
  parts = {
    time: el("time", { class: "status-time" }),
    header: el("header", { class: "chat-header" }),
    log: el("div", { class: "chat-log", role: "log", "aria-label": "Chat with the bot", "aria-live": "polite", tabindex: "0" }),
    down: el("button", { type: "button", class: "chat-down", "aria-label": "To the newest message", hidden: true, on: { click: () => jumpToEnd(parts) } }, icon("down")),
    composer: el("div", { class: "composer" }),
    mail: el("div", { class: "mail" }),
    dock: el("nav", { class: "dock", "aria-label": "Apps on the phone" }),
    nobody: el("div", { class: "nobody" }, icon("chat", 40), el("p", { text: "No customer yet. Add one, and this is their phone." }),
      el("button", { type: "button", on: { click: addCustomer } }, "Add a customer")),
    over: el("div", { class: "phone-over", "aria-live": "assertive" }),
  };
  parts.chat = el("div", { class: "chat" }, parts.header, el("div", { class: "chat-body" }, parts.log, parts.down), parts.composer);
  const status = el("div", { class: "status", "aria-hidden": "true" }, parts.time, el("i", { class: "status-lens" }), statusIcons());
  document.getElementById("phone").append(
    el("div", { class: "screen" }, status, el("div", { class: "apps" }, parts.chat, parts.mail, parts.nobody), parts.dock, parts.over));
  setInterval(drawTime, 1000);
}

export function drawPhone() {
  const one = customer();
  parts.nobody.hidden = Boolean(one);
  parts.dock.hidden = !one;
  if (!one) return hideApps();
  const screen = screenOf(one);
  parts.chat.hidden = screen !== "chat";
  parts.mail.hidden = screen !== "mail";
  drawTime();
  drawHeader(one);
  drawChat(parts, one, shownCustomer !== one.id);
  drawComposer(parts.composer, one);
  drawMail(parts.mail, one);
  drawDock(one, screen);
  noticeMail(one, screen);
  noticeChat(one, screen);
  shownCustomer = one.id;
}

function hideApps() {
  parts.chat.hidden = true;
  parts.mail.hidden = true;
}

function drawTime() {
  parts.time.textContent = timeOf(now().getTime() / 1000);
}

function statusIcons() {
  return el("span", { class: "status-icons" }, el("i", { class: "signal" }), el("i", { class: "battery" }));
}

let typingTimer = null;

function drawHeader(one) {
  const until = moment(one.typing_until);
  const typing = until !== null && until > now();
  clearTimeout(typingTimer);
  if (typing) typingTimer = setTimeout(touch, until - now() + 50);
  fill(parts.header, JSON.stringify([one.id, one.blocked, typing, bot()]), () => headerNodes(one, typing));
}

function headerNodes(one, typing) {
  const below = typing
    ? el("span", { class: "typing", testid: "phone-typing" }, "typing", el("i", { class: "typing-dots", "aria-hidden": "true" }))
    : el("span", { text: one.blocked ? "blocked" : "bot" });
  return [
    el("button", { type: "button", class: "icon-button", "aria-label": "To the mail", data: { key: "back" }, on: { click: () => show(one, "mail") } }, icon("back")),
    el("span", { class: "bot-face", "aria-hidden": "true" }, icon("chat", 22)),
    el("div", { class: "chat-title" }, el("strong", { text: bot().first_name ?? bot().name ?? "Feedback" }), below),
    el("button", { type: "button", class: "icon-button", "aria-label": "More", "aria-haspopup": "menu", data: { key: "more" }, testid: "phone-menu", on: { click: (event) => phoneMenu(event.currentTarget, one) } }, icon("more", 22)),
  ];
}

export function show(one, screen) {
  ui.screen[one.id] = screen;
  touch();
}

function phoneMenu(anchor, one) {
  const blocking = one.blocked
    ? { label: "Unblock the bot", icon: "undo", run: () => act("telegram/unblock", one) }
    : { label: "Block the bot", icon: "block", danger: true, run: () => act("telegram/block", one) };
  openMenu(anchor, [
    blocking,
    { label: "Delete this account", icon: "trash", danger: true, run: () => deleteAccount(one) },
  ], { align: "end" });
}

async function deleteAccount(one) {
  const sure = await ask({ title: `Delete ${one.first_name}’s account?`, words: "The person leaves Telegram for good. The bot can no longer write to them.", yes: "Delete", danger: true });
  if (sure) await act("telegram/delete_account", one);
}

async function act(path, one, more = {}) {
  await tell(() => post(path, { customer: one.id, ...more }));
}

/** Do something on the sandbox; if it refuses, say why on the phone. */
export async function tell(work) {
  try {
    return await work();
  } catch (problem) {
    if (!(problem instanceof RefusedError) && !(problem instanceof TypeError)) throw problem;
    toast(problem.message);
    return null;
  } finally {
    refreshSoon();
  }
}

function drawDock(one, screen) {
  const apps = [["chat", "Telegram", "chat", unreadChat(one)], ["mail", "Mail", "mail", unreadMails(one.id)]];
  fill(parts.dock, JSON.stringify([one.id, screen, apps]), () => apps.map(([name, label, picture, unread]) =>
    el("button", { type: "button", data: { key: `dock-${name}` }, testid: `dock-${name}`, "aria-current": screen === name ? "page" : null, on: { click: () => show(one, name) } },
      icon(picture, 20), el("span", { text: label }),
      unread ? el("b", { class: "badge", "aria-label": `${unread} unread`, text: unread }) : null)));
}

const noticed = new Set();
let firstLook = true;

function noticeMail(one, screen) {
  for (const mail of mailsOf(one.id)) {
    const isNew = !noticed.has(mail.key) && !ui.seenMail[mail.key];
    noticed.add(mail.key);
    if (isNew && !firstLook && screen === "chat") mailBanner(one, mail);
  }
  firstLook = false;
}

function mailBanner(one, mail) {
  banner("mail", mail.from ?? "Mail", mail.subject, () => {
    ui.mail[one.id] = mail.key;
    show(one, "mail");
  });
}

const newestShown = new Map();

/** While the mail is open, a new message of the bot announces itself. */
function noticeChat(one, screen) {
  const newest = one.messages.findLast((message) => message.from === "bot");
  const before = newestShown.get(one.id);
  newestShown.set(one.id, newest?.message_id ?? 0);
  if (screen !== "mail" || before === undefined || !newest || newest.message_id <= before) return;
  banner("chat", bot().first_name ?? "Feedback", snippet(newest), () => show(one, "chat"));
}

function banner(picture, who, words, open) {
  popOver(el("button", { type: "button", class: "banner", testid: "phone-banner", on: { click: open } },
    icon(picture, 22), el("span", {}, el("strong", { text: who }), el("span", { text: words })), el("time", { text: "now" })), 6000);
}

export function toast(words) {
  popOver(el("div", { class: "toast", role: "status", testid: "phone-toast", text: words }), 3500);
}

function popOver(node, milliseconds) {
  parts.over.replaceChildren(node);
  setTimeout(() => node.remove(), milliseconds);
}

/** The bot's answer to a tap: a line over the chat, or a box to be closed. */
export function showTapAnswer(event) {
  if (!event.text || String(event.customer) !== String(ui.customer)) return;
  if (event.alert) ask({ title: bot().first_name ?? "Feedback", words: event.text, no: "Close" });
  else toast(event.text);
}

/** A link with a start word was opened: Telegram comes up and shows START. */
export function openDeepLink(link) {
  const one = customer();
  if (!one) return;
  ui.pending[one.id] = link;
  ui.screen[one.id] = "chat";
  document.body.dataset.pane = "phone";
  touch();
  queueMicrotask(() => parts.composer.querySelector("[data-testid=phone-start]")?.focus());
}
