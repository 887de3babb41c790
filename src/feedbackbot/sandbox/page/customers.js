// The row of invented customers, each with a phone of their own.

import { RefusedError, post } from "./api.js";
import { el, icon, patchList } from "./dom.js";
import { ask } from "./menu.js";
import { customer, customers, mailsOf, refresh, touch, ui } from "./store.js";

const TONES = 7;

export function drawCustomers() {
  const row = document.getElementById("customers");
  patchList(row, customers().map((one) => ({
    key: String(one.id),
    sign: JSON.stringify([one.first_name, one.blocked, one.id === ui.customer, unreadOf(one)]),
    build: () => customerTab(one),
  })));
  markRead();
}

export function unreadOf(one) {
  const seen = ui.seenPhone[one.id] ?? 0;
  const chats = one.messages.filter((message) => message.from === "bot" && message.message_id > seen).length;
  return chats + unreadMails(one.id);
}

export const unreadMails = (id) => mailsOf(id).filter((mail) => !ui.seenMail[mail.key]).length;

export const unreadChat = (one) =>
  one.messages.filter((message) => message.from === "bot" && message.message_id > (ui.seenPhone[one.id] ?? 0)).length;

export function phoneUnread() {
  return customers().reduce((sum, one) => sum + unreadOf(one), 0);
}

/** What a person sees, they have read: the open chat of the open phone. */
function markRead() {
  const one = customer();
  if (!one || screenOf(one) !== "chat" || !phoneIsVisible()) return;
  const last = Math.max(0, ...one.messages.map((message) => message.message_id));
  if ((ui.seenPhone[one.id] ?? 0) >= last) return;
  ui.seenPhone[one.id] = last;
  touch();
}

const phoneIsVisible = () => document.querySelector(".pane-phone").offsetParent !== null;

/** A new customer has only mail; whoever has talked with the bot sees the chat. */
export function screenOf(one) {
  const untouched = one.messages.length === 0 && mailsOf(one.id).length > 0 && ui.pending[one.id] === undefined;
  return ui.screen[one.id] ?? (untouched ? "mail" : "chat");
}

function customerTab(one) {
  const unread = unreadOf(one);
  const chosen = one.id === ui.customer;
  const choose = () => {
    ui.customer = one.id;
    touch();
  };
  return el("button", {
    type: "button", role: "tab", class: "customer-tab", testid: "customer-tab", tabindex: chosen ? "0" : "-1",
    "aria-selected": String(chosen), data: { customer: one.id, key: `customer-${one.id}` },
    title: one.blocked ? `${one.first_name} has blocked the bot` : `${one.first_name}’s phone`,
    on: { click: choose, keydown: moveBetweenTabs },
  },
  face(one, customers().indexOf(one)), el("span", { class: one.blocked ? "struck" : null, text: one.first_name }),
  unread ? el("b", { class: "badge", "aria-label": `${unread} unread`, text: unread }) : null);
}

/** A person's initials on a colour of their own; `place` is where they stand among the others. */
export function face({ first_name: first, last_name: last }, place, className = "face") {
  const initials = [first, last].filter(Boolean).map((name) => [...name][0]).join("");
  return el("span", { class: `${className} tone-${Math.max(place, 0) % TONES}`, "aria-hidden": "true", text: initials });
}

export function moveBetweenTabs(event) {
  const step = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!step) return;
  event.preventDefault();
  const tabs = [...event.currentTarget.parentElement.querySelectorAll("[role=tab]")];
  const next = tabs[(tabs.indexOf(event.currentTarget) + step + tabs.length) % tabs.length];
  next.focus();
  next.click();
}

export function buildCustomers() {
  const button = document.getElementById("add-customer");
  button.append(icon("plus", 18));
  button.addEventListener("click", addCustomer);
}

export async function addCustomer() {
  const form = await ask({
    title: "A new customer",
    words: "Somebody invented, with a phone of their own.",
    fields: [
      { name: "first_name", label: "First name", required: true, maxlength: 60 },
      { name: "language_code", label: "Language of the phone", options: [["en", "English"], ["de", "German"], ["fr", "French"], ["es", "Spanish"], ["it", "Italian"], ["nl", "Dutch"], ["pl", "Polish"], ["uk", "Ukrainian"], ["ar", "Arabic"]] },
    ],
    yes: "Add",
  });
  if (!form) return;
  try {
    const { id } = await post("telegram/customers", form);
    ui.customer = id;
    await refresh();
  } catch (problem) {
    if (!(problem instanceof RefusedError)) throw problem;
    await ask({ title: "That did not work", words: problem.message, no: "Close" });
  }
}
