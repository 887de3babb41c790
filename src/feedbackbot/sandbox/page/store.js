// What the page knows: the sandbox's last state, and what the reader has chosen and already seen.

import { readState } from "./api.js";

const KEPT = "feedbackbot-sandbox";
const listeners = new Set();

export const store = { state: null, live: false, problem: null };
export const ui = fresh();

function fresh() {
  return { customer: null, staff: null, channel: null, thread: null, screen: {}, mail: {}, pending: {},
    seenPhone: {}, seenSlack: {}, seenMail: {} };
}

export function subscribe(listener) {
  listeners.add(listener);
}

let queued = false;

/** Something has changed: draw once, after whatever else changes in this moment. */
export function touch() {
  if (queued) return;
  queued = true;
  queueMicrotask(() => {
    queued = false;
    if (store.state) for (const listener of listeners) listener();
    keep();
  });
}

let reading = false;
let again = false;
let timer = null;

export function refreshSoon() {
  clearTimeout(timer);
  timer = setTimeout(refresh, 40);
}

export async function refresh() {
  if (reading) {
    again = true;
    return;
  }
  reading = true;
  try {
    const state = await readState();
    if (!store.state) restore(state.seq);
    store.state = state;
    store.problem = null;
  } catch (problem) {
    store.problem = problem.message;
  } finally {
    reading = false;
  }
  choose();
  touch();
  if (again) {
    again = false;
    refreshSoon();
  }
}

function choose() {
  if (!store.state) return;
  const ids = customers().map((customer) => customer.id);
  if (!ids.includes(ui.customer)) ui.customer = ids[0] ?? null;
  if (!staff().some((user) => user.id === ui.staff)) ui.staff = staff()[0]?.id ?? null;
  const channels = openChannels();
  if (!channels.some((channel) => channel.id === ui.channel)) ui.channel = channels[0]?.id ?? null;
}

function keep() {
  const kept = { seq: store.state?.seq ?? 0, ui: { ...ui, pending: {} }, pane: document.body.dataset.pane };
  sessionStorage.setItem(KEPT, JSON.stringify(kept));
}

function restore(seq) {
  const kept = JSON.parse(sessionStorage.getItem(KEPT) ?? "null");
  // A smaller sequence number means another sandbox: what was read there says nothing about this one.
  if (!kept || kept.seq > seq) return;
  Object.assign(ui, kept.ui);
  document.body.dataset.pane = kept.pane ?? "phone";
}

export const customers = () => store.state?.telegram.customers ?? [];
export const customer = (id = ui.customer) => customers().find((one) => String(one.id) === String(id)) ?? null;
export const bot = () => store.state?.telegram.bot ?? {};
export const channelNamed = (name) => store.state?.slack.channels.find((channel) => channel.name === name);

/** The channels, and the direct messages in which the chosen staff member takes part. */
export const openChannels = () =>
  (store.state?.slack.channels ?? []).filter((channel) => !channel.is_im || channel.members?.includes(ui.staff));

export const slackUsers = () => store.state?.slack.users ?? [];
export const staff = () => slackUsers().filter((user) => !isBot(user));
export const slackUser = (id) => slackUsers().find((user) => user.id === id) ?? null;
export const isBot = (user) => Boolean(user.is_bot) || user.id === "U0BOT" || user.id === "USLACKBOT";
export const nameOf = (user) => user?.real_name ?? user?.profile?.real_name ?? user?.name ?? "Somebody";
export const botName = () => "feedbackbot";

export const mailId = (mail, index) => String(mail.id ?? mail.mail_id ?? index);

/** The mails of one customer, newest first, each with a stable id. */
export function mailsOf(id) {
  return (store.state?.mail ?? [])
    .map((mail, index) => ({ ...mail, key: mailId(mail, index) }))
    .filter((mail) => String(mail.to_customer ?? mail.customer ?? mail.to) === String(id))
    .reverse();
}
