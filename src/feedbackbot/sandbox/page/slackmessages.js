// Slack's messages: who, when, the words or blocks, reactions, and what one can do with them.

import { RefusedError, post } from "./api.js";
import { blocks, files } from "./blocks.js";
import { el, icon, keepingTheEnd, patchList } from "./dom.js";
import { emoji, emojiNamed } from "./emoji.js";
import { ask, openMenu } from "./menu.js";
import { mrkdwn } from "./mrkdwn.js";
import { slackNote, staffFace } from "./slack.js";
import { isBot, nameOf, refreshSoon, slackUser, touch, ui } from "./store.js";
import { dayName, moment, sameDay, timeOf } from "./time.js";
import { isReply, messagesIn, threadUnread } from "./unread.js";

const REACTIONS = ["white_check_mark", "eyes", "heart", "tada", "+1", "pray"];
const TOGETHER_SECONDS = 300;

export const rootsOf = (channel) => messagesIn(channel).filter((message) => !isReply(message)).sort(byTime);

export const repliesOf = (channel, ts) =>
  messagesIn(channel).filter((message) => message.thread_ts === ts && message.ts !== ts).sort(byTime);

const byTime = (one, other) => Number(one.ts) - Number(other.ts);

export function drawList(box, messages, { isOther, place }) {
  const mineIsNew = box.lastShown !== messages.at(-1)?.ts && messages.at(-1)?.user === ui.staff;
  box.lastShown = messages.at(-1)?.ts;
  keepingTheEnd(box, () => patchList(box, rowsOf(messages, place)), isOther || mineIsNew);
}

export function rowsOf(messages, place) {
  if (messages.length === 0) return [{ key: "empty", build: emptyChannel }];
  const rows = [{ key: "spring", build: () => el("div", { class: "spring" }) }];
  messages.forEach((message, index) => {
    const before = messages[index - 1];
    const newDay = place === "channel" && (!before || !sameDay(before.ts, message.ts));
    if (newDay) rows.push(dayRow(message));
    const together = !newDay && before && isTogether(before, message);
    rows.push(messageRow(message, { place, together }));
  });
  return rows;
}

function emptyChannel() {
  return el("p", { class: "slack-empty" }, icon("thread", 36), el("span", { text: "Nothing here yet. What customers say arrives on its own." }));
}

function dayRow(message) {
  const day = dayName(message.ts);
  return { key: `day ${moment(message.ts).toDateString()}`, sign: day, build: () => el("div", { class: "slack-day" }, el("span", { text: day })) };
}

const author = (message) => message.user ?? message.bot ?? message.bot_id;

function isTogether(before, message) {
  return author(before) === author(message) && !before.ephemeral_for && !message.ephemeral_for && !before.blocks
    && !message.blocks && Number(message.ts) - Number(before.ts) < TOGETHER_SECONDS;
}

export function messageRow(message, { place, together = false }) {
  const replies = place === "channel" ? repliesOf(message.channel, message.ts) : [];
  const unread = threadUnread(ui.staff, replies);
  const facts = [message, together, ui.staff, replies.length, replies.at(-1)?.ts, unread, place, ui.thread?.ts === message.ts, replies.length ? dayName(replies.at(-1).ts) : ""];
  return { key: `${message.channel} ${message.ts} ${message.ephemeral_for ?? ""}`, sign: JSON.stringify(facts),
    build: () => messageNode(message, { place, together, replies, unread }) };
}

function messageNode(message, { place, together, replies, unread }) {
  const user = slackUser(message.user ?? message.bot) ?? { id: author(message) ?? "?", name: message.user_name ?? "Somebody", is_bot: Boolean(message.bot) };
  const opened = place === "channel" && ui.thread?.ts === message.ts;
  return el("article", {
    class: `slack-message${together ? " together" : ""}${message.ephemeral_for ? " ephemeral" : ""}${opened ? " opened" : ""}`,
    testid: "slack-message", data: { ts: message.ts, channel: message.channel },
  },
  message.ephemeral_for ? el("p", { class: "only-you" }, icon("eye", 14), "Only visible to you") : null,
  together ? el("time", { class: "aside-time", text: timeOf(message.ts) }) : avatar(user),
  el("div", { class: "slack-content" },
    together ? null : head(user, message), body(message), reactions(message), replies.length ? threadLink(message, replies, unread) : null),
  tools(message, place));
}

function avatar(user) {
  if (isBot(user)) return el("span", { class: "square-face bot-square", "aria-hidden": "true" }, el("img", { src: "/sandbox/static/icon.svg", alt: "" }));
  return staffFace(user);
}

function head(user, message) {
  const name = isBot(user) ? message.user_name ?? user.real_name ?? "feedbackbot" : nameOf(user);
  return el("p", { class: "slack-by" }, el("strong", { text: name }), isBot(user) ? el("span", { class: "app-mark", text: "APP" }) : null,
    el("time", { text: timeOf(message.ts) }));
}

function body(message) {
  const context = { act: (element, value, block) => click(message, element, value, block) };
  const shownBlocks = message.blocks?.length ? blocks(message.blocks, context) : null;
  const edited = message.edited ? el("span", { class: "edited", text: " (edited)" }) : null;
  return el("div", { class: "slack-body" },
    shownBlocks ?? (message.text ? el("div", { class: "slack-text" }, mrkdwn(message.text), edited) : null),
    shownBlocks && edited && message.user ? edited : null,
    (message.attachments ?? []).map((part) => attachment(part, context)), files(message.files));
}

function attachment(part, context) {
  const node = el("div", { class: "slack-attachment" }, blocks(part.blocks, context), part.text ? el("div", {}, mrkdwn(part.text)) : null);
  if (/^#?[0-9a-f]{3,8}$/i.test(part.color ?? "")) node.style.borderColor = part.color.startsWith("#") ? part.color : `#${part.color}`;
  return node;
}

async function click(message, element, value, block) {
  await tried(() => post("slack/click", {
    user: ui.staff, channel: message.channel, ts: message.ts, action_id: element.action_id, block_id: block.block_id, value,
  }));
}

/** Do something on the sandbox; if it refuses, say why in Slack's window. */
export async function tried(work) {
  try {
    return await work();
  } catch (problem) {
    if (!(problem instanceof RefusedError) && !(problem instanceof TypeError)) throw problem;
    slackNote(problem.message);
    return null;
  } finally {
    refreshSoon();
  }
}

function reactions(message) {
  if (!message.reactions?.length) return null;
  return el("div", { class: "slack-reactions" }, message.reactions.map((one) => reactionChip(message, one)));
}

function reactionChip(message, one) {
  const mine = one.users.includes(ui.staff);
  const who = one.users.map((id) => (slackUser(id) ? nameOf(slackUser(id)) : id)).join(", ");
  const sign = emojiNamed(one.name);
  return el("button", { type: "button", class: mine ? "reaction-chip mine" : "reaction-chip", testid: "slack-reaction", title: `${who} reacted with :${one.name}:`, "aria-pressed": String(mine), data: { name: one.name },
    on: { click: () => react(message, one.name, mine) } }, sign ? emoji(sign) : `:${one.name}:`, el("b", { text: one.users.length }));
}

const react = (message, name, remove) =>
  tried(() => post("slack/react", { user: ui.staff, channel: message.channel, ts: message.ts, name, ...(remove ? { remove: true } : {}) }));

function threadLink(message, replies, unread) {
  const people = [...new Set(replies.map((reply) => reply.user ?? reply.bot ?? "U0BOT"))].slice(0, 4);
  return el("button", { type: "button", class: unread ? "thread-link unread" : "thread-link", testid: "thread-link", data: { key: `thread-${message.ts}` }, on: { click: () => openThread(message) } },
    el("span", { class: "thread-faces" }, people.map((id) => avatar(slackUser(id) ?? { id, name: id, is_bot: true }))),
    el("span", { class: "thread-count", text: `${replies.length} ${replies.length === 1 ? "reply" : "replies"}` }),
    unread ? el("span", { class: "thread-new", text: `${unread} new` }) : el("time", { text: `${dayName(replies.at(-1).ts)} at ${timeOf(replies.at(-1).ts)}` }));
}

export function openThread(message) {
  ui.thread = { channel: message.channel, ts: message.thread_ts ?? message.ts };
  touch();
  setTimeout(() => document.querySelector("[data-testid=thread-composer]")?.focus(), 0);
}

function tools(message, place) {
  if (message.ephemeral_for) return null;
  const tool = (name, words, run, more = {}) => el("button", { type: "button", class: "icon-button", "aria-label": words, title: words, data: { key: `${name}-${message.ts}` }, on: { click: run }, ...more }, icon(name, 18));
  return el("div", { class: "slack-tools", role: "group", "aria-label": "Message actions" },
    tool("smile", "Add a reaction", (event) => openMenu(event.currentTarget, REACTIONS.map((name) => ({ label: `${emojiNamed(name)}  ${name}`, run: () => react(message, name, false) })), { align: "end" }), { "aria-haspopup": "menu" }),
    place === "channel" ? tool("thread", "Open the thread", () => openThread(message)) : null,
    message.user === ui.staff ? tool("edit", "Edit", () => edit(message)) : null,
    message.user === ui.staff ? tool("trash", "Delete", () => remove(message)) : null);
}

async function edit(message) {
  const form = await ask({ title: "Edit message", fields: [{ name: "text", label: "Message", value: message.text, required: true }], yes: "Save" });
  if (form) await tried(() => post("slack/edit", { user: ui.staff, channel: message.channel, ts: message.ts, text: form.text }));
}

async function remove(message) {
  const sure = await ask({ title: "Delete message", words: "Are you sure? This cannot be undone.", yes: "Delete", danger: true });
  if (sure) await tried(() => post("slack/delete", { user: ui.staff, channel: message.channel, ts: message.ts }));
}
