// The sandbox's clock: what time it is there, and the buttons that push it on.

import { RefusedError, post } from "./api.js";
import { el, icon } from "./dom.js";
import { refresh, store } from "./store.js";
import { now, offsetSeconds, shortDayOf, spanOf, timeOf } from "./time.js";

const STEPS = [["1h", "+1 h", "One hour later"], ["1d", "+1 day", "One day later"], ["3d", "+3 days", "Three days later"], ["7d", "+1 week", "One week later"]];

let parts = null;

export function buildClock() {
  parts = {
    face: el("time", { class: "clock-face", testid: "clock-face" }),
    ahead: el("button", { type: "button", class: "clock-ahead", title: "Back to the real time", hidden: true, on: { click: () => move("clock/reset", {}) } }),
    field: el("input", { class: "clock-field", testid: "clock-field", placeholder: "2d4h", size: 5, "aria-label": "Push the clock by", title: "Any span: 2d4h, 90m, 1w", autocomplete: "off", spellcheck: "false" }),
    problem: el("span", { class: "clock-problem", role: "alert" }),
  };
  const form = el("form", { class: "clock-form", on: { submit: onSubmit } }, parts.field, el("button", { type: "submit", "aria-label": "Push the clock", title: "Push the clock", testid: "clock-go" }, icon("check", 16)));
  document.getElementById("clock").append(
    el("span", { class: "clock-now" }, icon("clock", 18), parts.face, parts.ahead),
    el("span", { class: "clock-steps" }, STEPS.map(([span, label, title]) =>
      el("button", { type: "button", testid: "clock-advance", data: { advance: span }, title, on: { click: () => move("clock", { advance: span }) } }, label))),
    form, parts.problem);
  setInterval(drawClock, 1000);
}

export function drawClock() {
  if (!store.state) return;
  const at = now();
  const seconds = at.getTime() / 1000;
  parts.face.textContent = `${shortDayOf(seconds)}, ${timeOf(seconds)}`;
  parts.face.dateTime = at.toISOString();
  const ahead = offsetSeconds();
  parts.ahead.hidden = Math.abs(ahead) < 60;
  parts.ahead.textContent = `${ahead < 0 ? "−" : "+"}${spanOf(ahead)}`;
  parts.ahead.setAttribute("aria-label", `${spanOf(ahead)} ${ahead < 0 ? "behind" : "ahead"}; back to the real time`);
}

function onSubmit(event) {
  event.preventDefault();
  const span = parts.field.value.trim().replaceAll(" ", "");
  if (span) move("clock", { advance: weeksAsDays(span) });
}

/** "1w2d" is said as "9d": the sandbox counts in days, hours, minutes and seconds. */
function weeksAsDays(span) {
  const weeks = /^(\d+)w(?:(\d+)d)?/.exec(span);
  return weeks ? `${Number(weeks[1]) * 7 + Number(weeks[2] ?? 0)}d${span.slice(weeks[0].length)}` : span;
}

async function move(path, body) {
  parts.problem.textContent = "";
  try {
    await post(path, body);
    parts.field.value = "";
  } catch (problem) {
    if (!(problem instanceof RefusedError) && !(problem instanceof TypeError)) throw problem;
    parts.problem.textContent = problem.message;
  }
  await refresh();
}
