// Slack's own markup (mrkdwn) as nodes: *bold* _it_ ~struck~ `code` <url|text> <@U1> :emoji: and quotes.

import { el } from "./dom.js";
import { emoji, emojiNamed, withEmoji } from "./emoji.js";
import { nameOf, slackUser, store } from "./store.js";
import { link } from "./text.js";
import { moment, shortDayOf, timeOf } from "./time.js";

const INLINE = new RegExp([
  "```([\\s\\S]+?)```", "`([^`\\n]+)`", "<([^>\\n]+)>", ":([a-z0-9_+'-]+(?:::skin-tone-\\d)?):",
  "(?<![\\p{L}\\p{N}])\\*(?=\\S)([^*\\n]*[^*\\s])\\*(?![\\p{L}\\p{N}])",
  "(?<![\\p{L}\\p{N}])_(?=\\S)([^_\\n]*[^_\\s])_(?![\\p{L}\\p{N}])",
  "(?<![\\p{L}\\p{N}])~(?=\\S)([^~\\n]*[^~\\s])~(?![\\p{L}\\p{N}])",
  "(https?:\\/\\/[^\\s<>|]*[^\\s<>|.,;:!?)\\]*_~])",
].join("|"), "gu");

export function mrkdwn(text) {
  const nodes = [];
  for (const part of groupQuotes(String(text ?? "").split("\n"))) {
    if (part.quote) nodes.push(el("blockquote", {}, inline(part.lines.join("\n"))));
    else nodes.push(...inline(part.lines.join("\n")));
  }
  return nodes;
}

function groupQuotes(lines) {
  const parts = [];
  for (const line of lines) {
    const quote = /^(&gt;|>)/.test(line);
    if (parts.at(-1)?.quote !== quote) parts.push({ quote, lines: [] });
    parts.at(-1).lines.push(quote ? line.replace(/^(&gt;|>) ?/, "") : line);
  }
  return parts;
}

function inline(text) {
  const nodes = [];
  let from = 0;
  for (const match of text.matchAll(INLINE)) {
    nodes.push(...plain(text.slice(from, match.index)), ...marked(match));
    from = match.index + match[0].length;
  }
  return [...nodes, ...plain(text.slice(from))];
}

function marked([whole, block, code, angle, name, bold, italic, struck, address]) {
  if (block !== undefined) return [el("pre", {}, unescaped(block.replace(/^\n/, "")))];
  if (code !== undefined) return [el("code", {}, unescaped(code))];
  if (angle !== undefined) return [angled(angle)];
  if (name !== undefined) return [named(name, whole)];
  if (bold !== undefined) return [el("strong", {}, inline(bold))];
  if (italic !== undefined) return [el("em", {}, inline(italic))];
  if (address !== undefined) return [link(unescaped(address), [unescaped(address)], "slack-link")];
  return [el("s", {}, inline(struck))];
}

function named(name, whole) {
  const sign = emojiNamed(name);
  return sign ? emoji(sign) : document.createTextNode(whole);
}

function angled(inside) {
  const [target, label] = splitOnce(inside, "|");
  if (target.startsWith("@")) return userMention(target.slice(1));
  if (target.startsWith("#")) return el("span", { class: "slack-mention", text: `#${label ?? channelName(target.slice(1))}` });
  if (target.startsWith("!date^")) return document.createTextNode(dateWords(target, label));
  if (target.startsWith("!")) return el("span", { class: "slack-mention", text: `@${target.slice(1).split("^")[0]}` });
  return link(unescaped(target), withEmoji(unescaped(label ?? target)), "slack-link");
}

export function userMention(id) {
  const user = slackUser(id);
  return el("span", { class: "slack-mention", data: { user: id }, text: `@${user ? mentionName(user) : id}` });
}

export const mentionName = (user) => (user.id === "U0BOT" || user.is_bot ? user.name ?? "feedbackbot" : nameOf(user));

const channelName = (id) => store.state.slack.channels.find((channel) => channel.id === id)?.name ?? id;

function dateWords(target, fallback) {
  const [, seconds, format = "{date}"] = target.split("^");
  const at = moment(Number(seconds));
  if (Number.isNaN(at.getTime())) return fallback ?? "";
  return format.replace(/\{(date[a-z_]*|time[a-z_]*)\}/g, (_, name) => (name.startsWith("time") ? timeOf(Number(seconds)) : shortDayOf(Number(seconds))));
}

function splitOnce(text, mark) {
  const at = text.indexOf(mark);
  return at < 0 ? [text, null] : [text.slice(0, at), text.slice(at + 1)];
}

export const unescaped = (text) => text.replace(/&lt;/g, "<").replace(/&gt;/g, ">").replace(/&amp;/g, "&");

const plain = (text) => (text ? withEmoji(unescaped(text)) : []);

/** A text object, or plain words, as nodes. */
export function textObject(text) {
  if (!text) return [];
  if (typeof text === "string") return withEmoji(unescaped(text));
  return text.type === "mrkdwn" ? mrkdwn(text.text) : withNames(text.text);
}

/** Plain text knows emoji names but no other markup. */
export function withNames(text) {
  const parts = String(text ?? "").split(/(:[a-z0-9_+'-]+:)/);
  return parts.flatMap((part) => (/^:[^:]+:$/.test(part) ? named(part.slice(1, -1), part) : withEmoji(part)));
}
