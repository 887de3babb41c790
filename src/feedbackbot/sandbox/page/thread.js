// The thread beside the channel: the card on top, the replies under it, a field of its own.

import { el, fill, icon } from "./dom.js";
import { slackComposer } from "./slackcomposer.js";
import { drawList, repliesOf, rootsOf } from "./slackmessages.js";
import { store, touch, ui } from "./store.js";
import { markThreadRead } from "./unread.js";

let parts = null;
let shown = null;

export function drawThread(box) {
  const root = ui.thread && rootsOf(ui.thread.channel).find((message) => message.ts === ui.thread.ts);
  const visible = Boolean(root) && ui.thread.channel === ui.channel;
  box.hidden = !visible;
  if (!visible) {
    shown = null;
    return;
  }
  parts ??= build(box);
  const place = `${ui.staff} ${root.channel} ${root.ts}`;
  const channel = store.state.slack.channels.find((one) => one.id === root.channel);
  fill(parts.head, channel.name, () => headNodes(channel));
  drawList(parts.list, [root, ...repliesOf(root.channel, root.ts)], { isOther: shown !== place, place: "thread" });
  fill(parts.composer, place, () => slackComposer({ channel: root.channel, thread: root.ts, name: "thread", testid: "thread" }));
  shown = place;
  if (document.querySelector(".pane-slack").offsetParent !== null) markThreadRead(root.channel, root.ts);
}

function build(box) {
  const made = {
    head: el("header", { class: "slack-head" }),
    list: el("div", { class: "slack-list thread-list", role: "log", "aria-label": "Messages in the thread", "aria-live": "polite", tabindex: "0" }),
    composer: el("div", { class: "slack-composer-place" }),
  };
  box.append(made.head, made.list, made.composer);
  return made;
}

function headNodes(channel) {
  const close = () => {
    ui.thread = null;
    touch();
  };
  return [
    el("h2", {}, "Thread ", el("small", { text: `#${channel.name}` })),
    el("button", { type: "button", class: "icon-button", "aria-label": "Close the thread", on: { click: close } }, icon("close")),
  ];
}
