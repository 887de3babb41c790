// Puts the page together: reads the state, follows the events, draws what has changed.

import { follow, post } from "./api.js";
import { catchBotLinks, tapIsAnswered } from "./chat.js";
import { buildClock, drawClock } from "./clock.js";
import { buildCustomers, drawCustomers, phoneUnread } from "./customers.js";
import { el, fill, icon } from "./dom.js";
import { drawNotes } from "./notes.js";
import { buildPhone, drawPhone, showTapAnswer, tell } from "./phone.js";
import { buildSlack, drawSlack } from "./slack.js";
import { refresh, refreshSoon, store, subscribe, touch, ui } from "./store.js";
import { drawTour } from "./tour.js";
import { staffUnread } from "./unread.js";

const THEME = "feedbackbot-sandbox-theme";

function drawConnection() {
  const { telegram = "away", slack = "away" } = store.state.bot ?? {};
  const line = store.live && !store.problem;
  fill(document.getElementById("connection"), JSON.stringify([telegram, slack, line]), () => (line
    ? [side("Telegram", telegram), side("Slack", slack)]
    : [el("span", { class: "side-state away" }, "Sandbox is not answering")]));
}

function side(name, how) {
  const away = how === "away";
  const title = away ? `The bot is not connected to ${name}` : `The bot is connected to ${name} (${how})`;
  return el("span", { class: away ? "side-state away" : "side-state", title }, `${name} `, el("em", { text: away ? "no bot" : how }));
}

function drawSwitch() {
  const counts = { phone: phoneUnread(), slack: staffUnread(ui.staff) };
  for (const button of document.querySelectorAll(".switch button")) {
    const { show } = button.dataset;
    button.setAttribute("aria-pressed", String(document.body.dataset.pane === show));
    const badge = button.querySelector(".badge");
    badge.hidden = !counts[show] || document.body.dataset.pane === show;
    badge.textContent = counts[show];
  }
}

function followSwitch() {
  for (const button of document.querySelectorAll(".switch button")) {
    button.addEventListener("click", () => {
      document.body.dataset.pane = button.dataset.show;
      touch();
    });
  }
}

function followTheme() {
  const button = document.getElementById("theme");
  const prefersDark = matchMedia("(prefers-color-scheme: dark)");
  const isDark = () => (document.documentElement.dataset.theme ?? (prefersDark.matches ? "dark" : "light")) === "dark";
  const draw = () => button.replaceChildren(icon(isDark() ? "sun" : "moon", 18));
  const chosen = localStorage.getItem(THEME);
  if (chosen) document.documentElement.dataset.theme = chosen;
  button.addEventListener("click", () => {
    document.documentElement.dataset.theme = isDark() ? "light" : "dark";
    localStorage.setItem(THEME, document.documentElement.dataset.theme);
    draw();
  });
  prefersDark.addEventListener("change", draw);
  draw();
}

function followCommands() {
  document.addEventListener("click", (event) => {
    const command = event.target.closest?.(".inline-command")?.dataset.command;
    if (command) {
      event.preventDefault();
      tell(() => post("telegram/send", { customer: ui.customer, text: command }));
    }
    event.target.closest?.(".spoiler")?.classList.add("open");
  });
}

function onEvent(event) {
  if (event.kind === "telegram.toast") {
    tapIsAnswered(event.customer);
    showTapAnswer(event);
  }
  refreshSoon();
}

function onLive(isLive) {
  store.live = isLive;
  refreshSoon();
}

async function begin() {
  await refresh();
  if (!store.state) {
    document.getElementById("connection").textContent = "Sandbox is not answering";
    setTimeout(begin, 1500);
    return;
  }
  follow(store.state.seq ?? 0, { onEvent, onLive });
}

buildCustomers();
buildPhone();
buildSlack();
buildClock();
followSwitch();
followTheme();
followCommands();
catchBotLinks();
for (const draw of [drawCustomers, drawPhone, drawSlack, drawClock, drawTour, drawNotes, drawConnection, drawSwitch]) subscribe(draw);
begin();
