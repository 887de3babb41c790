// Slack's rich_text blocks: what people type in Slack's own editor arrives in this shape.

import { el } from "./dom.js";
import { emoji, emojiNamed, withEmoji } from "./emoji.js";
import { userMention } from "./mrkdwn.js";
import { store } from "./store.js";
import { link } from "./text.js";

const PARTS = {
  rich_text_section: (part) => el("div", { class: "rich-section" }, leaves(part)),
  rich_text_preformatted: (part) => el("pre", {}, leaves(part)),
  rich_text_quote: (part) => el("blockquote", {}, leaves(part)),
  rich_text_list: (part) => el(part.style === "ordered" ? "ol" : "ul", { class: `indent-${part.indent ?? 0}` },
    (part.elements ?? []).map((item) => el("li", {}, leaves(item)))),
};

export function richText(block) {
  return el("div", { class: "rich" }, (block.elements ?? []).map((part) => PARTS[part.type]?.(part) ?? null));
}

const leaves = (part) => (part.elements ?? []).flatMap(leaf);

function leaf(item) {
  if (item.type === "text") return styled(withEmoji(item.text), item.style);
  if (item.type === "emoji") return [emojiLeaf(item)];
  if (item.type === "link") return styled([link(item.url, withEmoji(item.text ?? item.url), "slack-link")], item.style);
  if (item.type === "user") return [userMention(item.user_id)];
  if (item.type === "broadcast") return [el("span", { class: "slack-mention", text: `@${item.range}` })];
  if (item.type === "channel") return [el("span", { class: "slack-mention", text: `#${store.state.slack.channels.find((one) => one.id === item.channel_id)?.name ?? item.channel_id}` })];
  return [];
}

function emojiLeaf(item) {
  const sign = item.unicode
    ? String.fromCodePoint(...item.unicode.split("-").map((code) => parseInt(code, 16)))
    : emojiNamed(item.name);
  return sign ? emoji(sign) : document.createTextNode(`:${item.name}:`);
}

const STYLES = { bold: "strong", italic: "em", strike: "s", code: "code" };

function styled(nodes, style) {
  let shown = nodes;
  for (const [name, tag] of Object.entries(STYLES)) if (style?.[name]) shown = [el(tag, {}, shown)];
  return shown;
}
