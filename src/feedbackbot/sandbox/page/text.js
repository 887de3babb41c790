// Turns a Telegram message's text and entities into nodes; finds links, commands and addresses where entities are missing.

import { el } from "./dom.js";
import { withEmoji } from "./emoji.js";

const FOUND = /https?:\/\/[^\s<>"]+[^\s<>".,;:!?)\]]|(?:t\.me|www\.)\/?[^\s<>"]+[^\s<>".,;:!?)\]]|(?<=^|\s)\/[a-z][a-z0-9_]{1,31}\b|(?<=^|\s)@[A-Za-z]\w{4,31}|[\w.+-]+@[\w-]+\.[\w.-]*\w/g;

export function messageText(text, entities) {
  const marks = [...(entities ?? []), ...found(text, entities ?? [])];
  const edges = new Set([0, text.length]);
  for (const mark of marks) edges.add(mark.offset).add(Math.min(text.length, mark.offset + mark.length));
  const cuts = [...edges].sort((one, other) => one - other);
  return cuts.slice(1).map((end, index) => piece(text.slice(cuts[index], end), cuts[index], marks));
}

function found(text, entities) {
  return [...text.matchAll(FOUND)]
    .map((match) => ({ type: typeOf(match[0]), offset: match.index, length: match[0].length }))
    .filter((mark) => !entities.some((other) => overlap(mark, other)));
}

function typeOf(words) {
  if (words.startsWith("/")) return "bot_command";
  if (words.startsWith("@")) return "mention";
  return words.includes("@") && !words.includes("/") ? "email" : "url";
}

const overlap = (one, other) => one.offset < other.offset + other.length && other.offset < one.offset + one.length;

function piece(words, at, marks) {
  const mine = marks.filter((mark) => mark.offset <= at && at < mark.offset + mark.length);
  let nodes = withEmoji(words);
  for (const mark of mine) nodes = [wrapped(mark, nodes, words)];
  return nodes;
}

const TAGS = { bold: "strong", italic: "em", underline: "u", strikethrough: "s", code: "code", pre: "pre", blockquote: "blockquote" };

function wrapped(mark, nodes, words) {
  if (TAGS[mark.type]) return el(TAGS[mark.type], {}, nodes);
  if (mark.type === "spoiler") return el("span", { class: "spoiler", tabindex: "0" }, nodes);
  if (mark.type === "text_link") return link(mark.url, nodes);
  if (mark.type === "url") return link(/^https?:/.test(words) ? words : `https://${words}`, nodes);
  if (mark.type === "email") return link(`mailto:${words}`, nodes);
  if (mark.type === "bot_command") return el("a", { href: "#", role: "button", class: "inline-command", data: { command: words } }, nodes);
  return el("span", { class: "mention" }, nodes);
}

/** An outside link; anything but http, mail and phone stays plain text. */
export function link(address, nodes, className = null) {
  if (!/^(https?:|mailto:|tel:)/i.test(address ?? "")) return el("span", { class: className }, nodes);
  return el("a", { href: address, target: "_blank", rel: "noopener noreferrer", class: className }, nodes);
}
