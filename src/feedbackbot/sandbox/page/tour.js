// "What to try": six steps for whoever is here for the first time. What has happened ticks them off; each leads to its place.

import { el, fill, icon } from "./dom.js";
import { channelNamed, customer, customers, staff, store, touch, ui } from "./store.js";
import { isReply } from "./unread.js";

const HIDDEN = "feedbackbot-sandbox-tour-hidden";
const STEPS = [
  ["Open the invitation", "The shop’s mail carries a button. Telegram opens, press START.", () => toPhone("mail"),
    () => customers().some((one) => one.messages.some((message) => message.from === "customer"))],
  ["Tap 2 stars and say why", "The complaint lands in #support.", () => toPhone("chat"), () => cardsIn("support").length > 0],
  ["Claim and reply as Rita", "Claim the card in #support, press Reply, and look at the phone.", () => toSlack("Rita", "support"),
    () => postsIn("support").some((post) => isReply(post) && isDelivered(post))],
  ["Tap 5 stars and agree", "As another customer. Say why, and agree to be quoted.", toFreshCustomer, () => cardsIn("marketing").length > 0],
  ["Approve as Mia", "The words wait in #marketing. Approved, they appear on the wall.", () => toSlack("Mia", "marketing"),
    () => customers().some((one) => one.messages.some((message) => message.from === "bot" && message.text?.includes(`${location.origin}/t/`)))],
  ["Push the clock", "Reminders, follow-ups and “Did we put it right?” come with time.", () => document.querySelector("[data-testid=clock-advance]").focus(),
    () => store.state.clock.pushed],
];

const postsIn = (name) => store.state.slack.messages.filter((post) => post.channel === channelNamed(name)?.id);
const cardsIn = (name) => postsIn(name).filter((post) => post.bot && post.blocks && !isReply(post));
const isDelivered = (post) => post.reactions?.some((one) => one.name === "white_check_mark" && one.users.includes("U0BOT"));

export function drawTour() {
  const box = document.getElementById("tour");
  box.hidden = localStorage.getItem(HIDDEN) !== null;
  if (box.hidden) return;
  const done = STEPS.map(([,,, hasHappened]) => hasHappened());
  if (box.shownSign !== JSON.stringify(done)) queueMicrotask(() => showNext(box));
  fill(box, JSON.stringify(done), () => [
    el("strong", { text: "What to try" }),
    el("ol", {}, STEPS.map((step, index) => stepLine(step, index, done))),
    el("button", { type: "button", class: "icon-button", "aria-label": "Hide what to try", title: "Hide", testid: "tour-dismiss", on: { click: dismiss } }, icon("close", 16)),
  ]);
}

function stepLine([title, words, go], index, done) {
  const isNext = done.indexOf(false) === index;
  return el("li", { class: done[index] ? "done" : isNext ? "next" : null },
    el("button", { type: "button", title: words, data: { key: `tour-${index}` }, testid: "tour-step", on: { click: () => { go(); touch(); } } },
      el("span", { class: "tour-number", "aria-hidden": "true" }, done[index] ? icon("check", 13) : String(index + 1)), title,
      done[index] ? el("span", { class: "visually-hidden", text: " (done)" }) : null));
}

/** On a narrow screen the steps done move out of sight. */
function showNext(box) {
  const next = box.querySelector(".next");
  if (next) next.parentElement.scrollLeft = next.offsetLeft - next.parentElement.offsetLeft;
}

function dismiss() {
  localStorage.setItem(HIDDEN, "yes");
  touch();
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
