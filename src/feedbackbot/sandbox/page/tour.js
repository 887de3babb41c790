// "What to try": six steps for whoever is here for the first time. They tick themselves off; each one leads to its place.

import { el, fill, icon } from "./dom.js";
import { channelNamed, customer, customers, staff, touch, ui } from "./store.js";

const KEPT = "feedbackbot-sandbox-tour";
const STEPS = [
  ["start", "Open the invitation", "The shop’s mail carries a button. Telegram opens, press START.", () => toPhone("mail")],
  ["low", "Tap 2 stars", "Say what went wrong. The complaint lands in #support.", () => toPhone("chat")],
  ["reply", "Claim and reply as Rita", "Claim the card in #support, press Reply, and look at the phone.", () => toSlack("Rita", "support")],
  ["high", "Tap 5 stars", "As another customer. Say why, and agree to be quoted.", toFreshCustomer],
  ["approve", "Approve as Mia", "The words wait in #marketing. Approved, they appear on the wall.", () => toSlack("Mia", "marketing")],
  ["clock", "Push the clock", "Reminders, follow-ups and “Did we put it right?” come with time.", () => document.querySelector("[data-testid=clock-advance]").focus()],
];

const kept = { done: [], dismissed: false, ...JSON.parse(localStorage.getItem(KEPT) ?? "{}") };

export function drawTour() {
  const box = document.getElementById("tour");
  box.hidden = kept.dismissed;
  fill(box, JSON.stringify(kept), () => [
    el("strong", { text: "What to try" }),
    el("ol", {}, STEPS.map(stepLine)),
    el("button", { type: "button", class: "icon-button", "aria-label": "Hide what to try", title: "Hide", testid: "tour-dismiss", on: { click: dismiss } }, icon("close", 16)),
  ]);
}

function stepLine([name, title, words, go], index) {
  const done = kept.done.includes(name);
  const next = !done && STEPS.findIndex(([other]) => !kept.done.includes(other)) === index;
  return el("li", { class: done ? "done" : next ? "next" : null },
    el("button", { type: "button", title: words, data: { key: `tour-${name}` }, testid: "tour-step", on: { click: () => { go(); touch(); } } },
      el("span", { class: "tour-number", "aria-hidden": "true" }, done ? icon("check", 13) : String(index + 1)), title,
      done ? el("span", { class: "visually-hidden", text: " (done)" }) : null));
}

function dismiss() {
  kept.dismissed = true;
  keep();
}

function keep() {
  localStorage.setItem(KEPT, JSON.stringify(kept));
  touch();
}

function done(name) {
  if (kept.done.includes(name)) return;
  kept.done.push(name);
  keep();
}

export const noteStart = () => done("start");
export const noteClock = () => done("clock");

/** Five buttons make a row of stars; the second and the fifth are steps of the tour. */
export function noteTap(message, button) {
  const all = message.buttons.flat().filter((other) => other.data !== undefined);
  const stars = all.slice(0, 5).findIndex((other) => other.data === button.data) + 1;
  if (all.length < 5 || !/[1-5⭐★]/u.test(button.text)) return;
  if (stars <= 2) done("low");
  if (stars === 5) done("high");
}

export function noteClick(label) {
  if (/^approve/i.test(label ?? "")) done("approve");
}

export function noteForm(title) {
  if (/reply|answer/i.test(title ?? "")) done("reply");
}

export function noteSlackWords(text) {
  if (text.includes("@feedbackbot")) done("reply");
}

function toPhone(screen) {
  document.body.dataset.pane = "phone";
  if (customer()) ui.screen[ui.customer] = screen;
}

function toFreshCustomer() {
  const fresh = customers().find((one) => !one.messages.length && !one.blocked);
  if (fresh) ui.customer = fresh.id;
  document.body.dataset.pane = "phone";
}

function toSlack(name, channel) {
  document.body.dataset.pane = "slack";
  ui.staff = staff().find((user) => JSON.stringify(user).includes(name))?.id ?? ui.staff;
  ui.channel = channelNamed(channel)?.id ?? ui.channel;
}
