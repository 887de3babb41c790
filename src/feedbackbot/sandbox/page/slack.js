// Slack's window: the sidebar with channels and people, the open channel, the thread beside it.

import { el, fill } from "./dom.js";
import { face, moveBetweenTabs } from "./customers.js";
import { drawModal } from "./modal.js";
import { drawList, rootsOf } from "./slackmessages.js";
import { slackComposer } from "./slackcomposer.js";
import { drawThread } from "./thread.js";
import { botName, nameOf, openChannels, slackUser, staff, store, touch, ui } from "./store.js";
import { channelUnread, markChannelRead, staffUnread } from "./unread.js";

const ROLES = { U0RITA: "support", U0OMAR: "support", U0MIA: "marketing" };
const TOPICS = { support: "Complaints come in here, answers go out", marketing: "Happy words, to be approved", ideas: "What would have made it better" };

let parts = null;
let shown = null;

export function buildSlack() {
  parts = {
    side: el("nav", { class: "slack-side", "aria-label": "Channels and people" }),
    head: el("header", { class: "slack-head" }),
    list: el("div", { class: "slack-list", role: "log", "aria-label": "Messages in the channel", "aria-live": "polite", tabindex: "0" }),
    composer: el("div", { class: "slack-composer-place" }),
    thread: el("aside", { class: "thread", testid: "thread", "aria-label": "Thread", hidden: true }),
    layer: el("div", { class: "modal-layer", hidden: true }),
    notes: el("div", { class: "slack-notes", role: "status", "aria-live": "polite" }),
  };
  parts.rest = el("div", { class: "slack-rest" }, parts.side, el("div", { class: "slack-channel-view" }, parts.head, parts.list, parts.composer), parts.thread);
  document.getElementById("slack").append(parts.rest, parts.layer, parts.notes);
}

export function drawSlack() {
  const channel = openChannels().find((one) => one.id === ui.channel) ?? openChannels()[0];
  const me = slackUser(ui.staff);
  if (!channel || !me) return;
  ui.channel = channel.id;
  const place = `${ui.staff} ${channel.id}`;
  drawSide();
  drawHead(channel);
  drawList(parts.list, rootsOf(channel.id), { isOther: shown !== place, place: "channel" });
  fill(parts.composer, place, () => slackComposer({ channel: channel.id, name: `#${channel.name}`, testid: "slack" }));
  drawThread(parts.thread);
  document.getElementById("slack").classList.toggle("with-thread", !parts.thread.hidden);
  drawModal(parts.layer, parts.rest);
  shown = place;
  if (document.querySelector(".pane-slack").offsetParent !== null) markChannelRead(channel.id);
}

function drawSide() {
  const channels = openChannels().map((one) => [one.id, one.is_im ? botName() : one.name, channelUnread(ui.staff, one.id), Boolean(one.is_im)]);
  const people = staff().map((user) => [user.id, nameOf(user), user.id === ui.staff ? 0 : staffUnread(user.id)]);
  fill(parts.side, JSON.stringify([channels, people, ui.channel, ui.staff]), () => [
    el("div", { class: "side-head" }, el("strong", { text: "Team" }), el("small", { text: "sandbox" })),
    el("div", { class: "side-group" }, el("h2", { text: "Channels" }), channels.map(channelButton)),
    el("div", { class: "side-group side-people" }, el("h2", { text: "You are" }),
      el("div", { role: "tablist", "aria-label": "Whose eyes and hands you are", "aria-orientation": "vertical" }, people.map(personTab))),
  ]);
}

function channelButton([id, name, unread, isDirect]) {
  const open = () => {
    ui.channel = id;
    if (ui.thread?.channel !== id) ui.thread = null;
    touch();
  };
  return el("button", {
    type: "button", class: unread ? "side-line unread" : "side-line", testid: "slack-channel", "aria-current": id === ui.channel ? "page" : null,
    data: { channel: id, key: id }, on: { click: open },
  }, el("span", { class: "hash", "aria-hidden": "true", text: isDirect ? "@" : "#" }), el("span", { text: name }),
  unread ? el("b", { class: "badge", "aria-label": `${unread} unread`, text: unread }) : null);
}

function personTab([id, name, unread]) {
  const chosen = id === ui.staff;
  const choose = () => {
    ui.staff = id;
    touch();
  };
  return el("button", {
    type: "button", role: "tab", class: "side-line person", testid: "staff-tab", "aria-selected": String(chosen), tabindex: chosen ? "0" : "-1",
    data: { user: id, key: id }, on: { click: choose, keydown: moveBetweenTabs },
  }, staffFace(slackUser(id)), el("span", { class: "person-words" }, el("span", { text: name }), el("small", { text: roleOf(id) })),
  unread ? el("b", { class: "badge", "aria-label": `${unread} unread`, text: unread }) : null);
}

const roleOf = (id) => ROLES[id] ?? slackUser(id)?.title ?? slackUser(id)?.profile?.title ?? "";

export function staffFace(user, className = "square-face") {
  const [first_name, last_name] = nameOf(user).split(" ");
  // Staff begin elsewhere in the colours than the customers beside them.
  return face({ first_name, last_name }, staff().findIndex((one) => one.id === user.id) + 3, className);
}

function drawHead(channel) {
  fill(parts.head, JSON.stringify(channel), () => [
    el("h2", {}, el("span", { class: "hash", "aria-hidden": "true", text: channel.is_im ? "@ " : "# " }), channel.is_im ? botName() : channel.name),
    el("p", { text: channel.topic?.value ?? TOPICS[channel.name] ?? "" }),
  ]);
}

/** A line over Slack's window, when something could not be done. */
export function slackNote(words) {
  const note = el("p", { class: "slack-note", testid: "slack-note" }, words);
  parts.notes.replaceChildren(note);
  setTimeout(() => note.remove(), 5000);
}
