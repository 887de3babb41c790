// The chat as the customer sees it: bubbles, the keyboards under them, and what one can do with a message.

import { post } from "./api.js";
import { startEditing, startReply } from "./composer.js";
import { el, icon, isAtEnd, keepingTheEnd, patchList, toEnd } from "./dom.js";
import { emojiOnly, withEmoji } from "./emoji.js";
import { fileChip, photo, sticker, video, voice } from "./media.js";
import { openMenu } from "./menu.js";
import { openDeepLink, tell } from "./phone.js";
import { bot, store } from "./store.js";
import { messageText } from "./text.js";
import { dayOf, moment, sameDay, timeOf } from "./time.js";

let shownCount = 0;

export function drawChat(parts, one, isOtherCustomer) {
  const messages = one.messages.filter((message) => !message.deleted);
  const mineIsNew = messages.length > shownCount && messages.at(-1)?.from === "customer";
  shownCount = messages.length;
  if (!parts.log.onscroll) parts.log.onscroll = () => { parts.down.hidden = isAtEnd(parts.log); };
  keepingTheEnd(parts.log, () => patchList(parts.log, rows(one, messages)), isOtherCustomer || mineIsNew || parts.wasHidden);
  parts.wasHidden = parts.chat.hidden;
  parts.down.hidden = isAtEnd(parts.log);
}

export function jumpToEnd(parts) {
  toEnd(parts.log);
  parts.log.focus({ preventScroll: true });
}

function rows(one, messages) {
  if (!messages.length) return [{ key: `about-${one.id}`, sign: JSON.stringify(bot()), build: aboutBot }];
  const list = [{ key: "spring", build: () => el("div", { class: "spring" }) }];
  messages.forEach((message, index) => {
    const before = messages[index - 1];
    const after = messages[index + 1];
    if (!before || !sameDay(before.date, message.date)) list.push(dayRow(message));
    const isLast = after?.from !== message.from || !sameDay(after.date, message.date);
    const replied = repliedTo(message, messages);
    const ticks = message.from === "customer" ? ticksOf(one, messages, index) : null;
    list.push({ key: `${one.id}-${message.message_id}`, sign: JSON.stringify([message, isLast, replied, ticks, one.blocked]),
      build: () => bubbleRow(one, message, { isLast, replied, ticks }) });
  });
  return list;
}

function aboutBot() {
  const words = bot().description || "I ask how your order went, bring what went wrong to a person, and pass on what they answer.";
  return el("div", { class: "about-bot" }, el("span", { class: "bot-face large", "aria-hidden": "true" }, icon("chat", 34)),
    el("strong", { text: "What can this bot do?" }), el("p", { text: words }));
}

function dayRow(message) {
  const day = dayOf(message.date);
  return { key: `day-${moment(message.date).toDateString()}`, build: () => el("div", { class: "day" }, el("span", { text: day })) };
}

function repliedTo(message, messages) {
  if (!message.reply_to) return null;
  const id = message.reply_to.message_id ?? message.reply_to;
  const other = messages.find((candidate) => candidate.message_id === id);
  return { id, from: other?.from, words: other ? snippet(other) : "Deleted message" };
}

export function snippet(message) {
  return shownWords(message) ?? (message.voice_url ? "Voice message" : message.photo_url ? "Photo" : message.document?.name ?? "Message");
}

/** Two ticks when the bot has the message: it is connected now, or it has written since. */
function ticksOf(one, messages, index) {
  const hasAnswered = messages.slice(index + 1).some((message) => message.from === "bot");
  return hasAnswered || store.state.bot?.telegram !== "away" ? "✓✓" : "✓";
}

function bubbleRow(one, message, { isLast, replied, ticks }) {
  const mine = message.from === "customer";
  const bubble = el("div", { class: `bubble${hasOnlyPicture(message) ? " picture" : ""}${message.sticker || emojiOnly(message.text ?? "") ? " jumbo" : ""}` },
    replied ? quoteOf(replied) : null, contents(message), bubbleFoot(message, ticks));
  const node = el("div", {
    class: `row ${mine ? "mine" : "theirs"}${isLast ? " last" : ""}`, testid: "phone-message",
    data: { messageId: message.message_id, from: message.from },
    on: { contextmenu: (event) => messageMenu(event, one, message) },
  }, el("div", { class: "bubble-line" }, bubble, menuButton(one, message)), keyboard(one, message));
  return node;
}

/** The secret part of a link that was opened is not shown, as on a real phone. */
const shownWords = (message) => (message.text?.startsWith("/start ") ? "/start" : message.text ?? message.caption);

const hasOnlyPicture = (message) => message.photo_url && !message.caption && !message.text;

function contents(message) {
  const words = shownWords(message);
  return [
    message.photo_url ? photo(message) : null,
    message.voice_url || message.voice_seconds ? voice(message) : null,
    message.video_url ? video(message.video_url) : null,
    message.document ? fileChip(message.document) : null,
    message.sticker ? sticker(message.sticker) : null,
    ...["contact", "poll", "location"].filter((kind) => message[kind]).map((kind) => el("em", { text: ODD_KINDS[kind](message[kind]) })),
    words ? el("span", { class: "words" }, messageText(words, message.entities ?? message.caption_entities)) : null,
  ];
}

const ODD_KINDS = {
  contact: (contact) => `Contact: ${contact.first_name ?? ""} ${contact.phone_number ?? ""}`,
  poll: (poll) => `Poll: ${poll.question?.text ?? poll.question ?? ""}`,
  location: () => "A place on the map",
};

function bubbleFoot(message, ticks) {
  const sent = el("span", { class: "sent" },
    message.edit_date ? el("i", { text: "edited" }) : null, el("time", { text: timeOf(message.date) }),
    ticks ? el("span", { class: "ticks", "aria-label": ticks === "✓✓" ? "delivered" : "sent" }, tickMarks(ticks.length)) : null);
  const reactions = [message.reaction, message.own_reaction].filter(Boolean);
  return el("span", { class: reactions.length ? "foot with-reaction" : "foot" },
    reactions.map((reaction) => el("span", { class: "reaction", testid: "phone-reaction", title: reaction === message.own_reaction ? "yours" : "from the bot" }, withEmoji(reaction))), sent);
}

function tickMarks(count) {
  return Array.from({ length: count }, () => icon("check", 13));
}

function quoteOf(replied) {
  const jump = () => {
    const row = document.querySelector(`[data-testid=phone-message][data-message-id="${replied.id}"]`);
    row?.scrollIntoView({ block: "center", behavior: "smooth" });
    row?.animate([{ opacity: 0.4 }, { opacity: 1 }], 600);
  };
  return el("button", { type: "button", class: "quote", on: { click: jump } },
    el("strong", { text: replied.from === "customer" ? "You" : bot().first_name ?? "Feedback" }), el("span", {}, withEmoji(replied.words)));
}

function keyboard(one, message) {
  const lines = message.buttons ?? [];
  if (!lines.length) return null;
  return el("div", { class: "keyboard", role: "group", "aria-label": "Answers" }, lines.map((line) =>
    el("div", { class: "keyboard-line" }, line.map((button, index) => keyboardButton(one, message, button, index)))));
}

function keyboardButton(one, message, button, index) {
  const label = el("span", {}, withEmoji(button.text));
  const common = { class: "key", testid: "phone-button", data: { key: `key-${message.message_id}-${button.data ?? index}` }, title: button.text };
  if (button.url) return el("a", { ...common, href: button.url, target: "_blank", rel: "noopener noreferrer" }, label, icon("out", 12));
  return el("button", { ...common, type: "button", disabled: one.blocked, on: { click: (event) => tap(event.currentTarget, one, message, button) } }, label);
}

const PATIENCE_MS = 15000;
const waitingTaps = new Map();

/** As in Telegram, the button turns until the bot has answered the tap. */
async function tap(node, one, message, button) {
  node.classList.add("waiting");
  const answered = new Promise((resolve) => waitingTaps.set(one.id, [...(waitingTaps.get(one.id) ?? []), resolve]));
  const taken = await tell(() => post("telegram/tap", { customer: one.id, message_id: message.message_id, data: button.data }));
  if (taken) await Promise.race([answered, new Promise((resolve) => setTimeout(resolve, PATIENCE_MS))]);
  node.classList.remove("waiting");
}

export function tapIsAnswered(customerId) {
  for (const resolve of waitingTaps.get(customerId) ?? []) resolve();
  waitingTaps.delete(customerId);
}

function menuButton(one, message) {
  return el("button", { type: "button", class: "bubble-menu", "aria-label": "What to do with this message", "aria-haspopup": "menu", data: { key: `menu-${message.message_id}` },
    on: { click: (event) => messageMenu(event, one, message) } }, icon("dots", 18));
}

function messageMenu(event, one, message) {
  if (event.type === "contextmenu" && event.target.closest("a, img")) return;
  event.preventDefault();
  const mine = message.from === "customer";
  const words = message.text ?? message.caption;
  const anchor = event.currentTarget.querySelector?.(".bubble-menu") ?? event.currentTarget;
  openMenu(anchor, [
    { label: "Reply", icon: "reply", run: () => startReply(one, message) },
    ...(mine && message.text ? [{ label: "Edit", icon: "edit", run: () => startEditing(one, message) }] : []),
    ...(mine ? [] : REACTIONS.map((emoji) => reactItem(one, message, emoji))),
    ...(words ? [{ label: "Copy", icon: "copy", run: () => navigator.clipboard?.writeText(words) }] : []),
  ], { align: mine ? "start" : "end" });
}

const REACTIONS = ["❤️", "👍", "👎"];

function reactItem(one, message, emoji) {
  const sign = emoji.replace("\uFE0F", "");
  const isSet = message.own_reaction === sign;
  return { label: `${emoji}  ${isSet ? "Take the reaction back" : "React"}`, run: () =>
    tell(() => post("telegram/react", { customer: one.id, message_id: message.message_id, emoji: isSet ? "" : sign })) };
}

/** Links to the bot itself open on the phone instead of leaving this machine. */
export function catchBotLinks() {
  document.addEventListener("click", (event) => {
    const anchor = event.target.closest?.("a[href]");
    if (!anchor || !isBotLink(anchor.href)) return;
    event.preventDefault();
    openDeepLink(anchor.href);
  });
}

function isBotLink(address) {
  const url = new URL(address);
  return ["t.me", "telegram.me"].includes(url.hostname) || url.protocol === "tg:";
}
