// Block Kit: the blocks of messages and modals as nodes.

import { el, icon } from "./dom.js";
import { interactive } from "./elements.js";
import { sizeOf } from "./media.js";
import { enlarge } from "./menu.js";
import { mrkdwn, textObject } from "./mrkdwn.js";
import { richText } from "./richtext.js";

const BLOCKS = {
  header: (block) => el("h3", { class: "block-header" }, textObject(block.text)),
  section,
  context: (block) => el("div", { class: "block-context" }, (block.elements ?? []).map(contextPart)),
  divider: () => el("hr", { class: "block-divider" }),
  image: (block) => picture(block),
  actions: (block, context) => el("div", { class: "block-actions" }, (block.elements ?? []).map((element) => interactive(element, block, context))),
  rich_text: richText,
  markdown: (block) => el("div", { class: "block-section" }, mrkdwn(block.text)),
};

/** The blocks of one message; `context.act` hears of what is pressed. */
export function blocks(list, context) {
  return (list ?? []).map((block) => BLOCKS[block.type]?.(block, context) ?? null);
}


function section(block, context) {
  return el("div", { class: block.accessory ? "block-section with-accessory" : "block-section" },
    el("div", { class: "section-words" },
      block.text ? el("div", { class: "section-text" }, textObject(block.text)) : null,
      block.fields ? el("div", { class: "section-fields" }, block.fields.map((field) => el("div", {}, textObject(field)))) : null),
    block.accessory ? interactive(block.accessory, block, context) : null);
}

function contextPart(part) {
  if (part.type === "image") return el("img", { src: part.image_url, alt: part.alt_text ?? "" });
  return el("span", {}, textObject(part));
}

function picture(block) {
  const words = block.alt_text ?? block.title?.text ?? "Picture";
  const source = block.image_url ?? slackFileAddress(block.slack_file);
  return el("figure", { class: "block-image" }, block.title ? el("figcaption", {}, textObject(block.title)) : null, pictureButton(source, words));
}

/** Slack's private files want the bot's token; the sandbox shows them to the page under another address. */
function slackFileAddress(file) {
  return file?.id ? `/sandbox/media/slack/${file.id}` : file?.url ?? "";
}

function pictureButton(source, words) {
  const image = el("img", { alt: words, src: source });
  return el("button", { type: "button", "aria-label": `Enlarge: ${words}`, on: { click: () => enlarge(source, words) } }, image);
}

/** The files that hang on a message: pictures shown, others as a chip. */
export function files(list) {
  return (list ?? []).map((file) => {
    const source = file.url ?? file.url_private;
    if ((file.mimetype ?? file.mime ?? "").startsWith("image/")) return el("div", { class: "slack-picture", testid: "slack-file" }, pictureButton(source, file.title ?? file.name));
    return fileLine(file, source);
  });
}

function fileLine(file, source) {
  if ((file.mimetype ?? file.mime ?? "").startsWith("audio/")) return sound(file, source);
  return el("a", { class: "slack-file", testid: "slack-file", href: source, download: file.name },
    el("span", { class: "file-icon" }, icon("file", 20)),
    el("span", { class: "file-words" }, el("strong", { text: file.title ?? file.name }), el("span", { text: sizeOf(file.size) })));
}

function sound(file, source) {
  return el("figure", { class: "slack-sound", testid: "slack-file" }, el("figcaption", { text: file.title ?? file.name }),
    el("audio", { src: source, controls: true, preload: "metadata" }));
}
