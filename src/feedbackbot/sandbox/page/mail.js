// The customer's mail: the shop's order mails, with the button that carries the invitation.

import { el, fill, icon } from "./dom.js";
import { withEmoji } from "./emoji.js";
import { mailsOf, touch, ui } from "./store.js";
import { messageText } from "./text.js";
import { dayName, timeOf } from "./time.js";

export function drawMail(box, one) {
  const mails = mailsOf(one.id);
  const opened = mails.find((mail) => mail.key === ui.mail[one.id]);
  if (opened && !box.hidden && !ui.seenMail[opened.key]) {
    ui.seenMail[opened.key] = true;
    touch();
  }
  const unread = mails.map((mail) => Boolean(ui.seenMail[mail.key]));
  fill(box, JSON.stringify([one.id, opened?.key, mails, unread]), () => (opened ? letter(one, opened) : inbox(one, mails)));
}

function inbox(one, mails) {
  return [
    el("header", { class: "mail-header" }, el("h2", { text: "Inbox" })),
    mails.length
      ? el("ul", { class: "mail-list" }, mails.map((mail) => el("li", {}, inboxLine(one, mail))))
      : el("p", { class: "mail-empty" }, icon("mail", 40), el("span", { text: "No mail yet. When a purchase arrives, the shop’s order mail shows up here." })),
  ];
}

function inboxLine(one, mail) {
  const open = () => {
    ui.mail[one.id] = mail.key;
    touch();
  };
  const sentAt = sentAtOf(mail);
  return el("button", { type: "button", class: ui.seenMail[mail.key] ? "mail-line" : "mail-line unread", testid: "mail-item", on: { click: open } },
    el("strong", { text: senderOf(mail) }), sentAt ? el("time", { text: when(sentAt) }) : null,
    el("span", { class: "mail-subject" }, withEmoji(mail.subject)), el("span", { class: "mail-begin", text: mail.text }));
}

function letter(one, mail) {
  const back = () => {
    ui.mail[one.id] = null;
    touch();
  };
  const sentAt = sentAtOf(mail);
  return [
    el("header", { class: "mail-header" },
      el("button", { type: "button", class: "icon-button", "aria-label": "Back to the inbox", on: { click: back } }, icon("back")),
      el("h2", { class: "visually-hidden", text: mail.subject })),
    el("article", { class: "letter" },
      el("h3", {}, withEmoji(mail.subject)),
      el("p", { class: "letter-from" }, el("span", { class: "shop-face", "aria-hidden": "true", text: [...senderOf(mail)][0] }),
        el("span", {}, el("strong", { text: senderOf(mail) }), el("span", { text: `to ${one.first_name}` })),
        sentAt ? el("time", { text: when(sentAt) }) : null),
      el("div", { class: "letter-text" }, messageText(mail.text ?? "", [])),
      mail.link ? letterButton(mail) : null),
  ];
}

function letterButton(mail) {
  return el("p", {}, el("a", { class: "letter-button", href: mail.link, target: "_blank", rel: "noopener noreferrer", testid: "mail-button" }, mail.link_label ?? "Tell us how it went"));
}

const senderOf = (mail) => mail.from || "Your shop";
const sentAtOf = (mail) => mail.at ?? mail.date ?? mail.sent_at ?? null;
const when = (value) => (dayName(value) === "Today" ? timeOf(value) : dayName(value));
