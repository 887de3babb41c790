// Which Slack messages each staff member has seen; a channel counts its threads as well.

import { store, touch, ui } from "./store.js";

const seenKey = (user, place) => `${user} ${place}`;
const seenAt = (user, place) => ui.seenSlack[seenKey(user, place)] ?? 0;

export const isReply = (message) => Boolean(message.thread_ts) && message.thread_ts !== message.ts;
export const placeOf = (message) => (isReply(message) ? `${message.channel} ${message.thread_ts}` : message.channel);
export const isVisibleTo = (message, user) => !message.deleted && (!message.ephemeral_for || message.ephemeral_for === user);

export function messagesIn(channel) {
  return store.state.slack.messages.filter((message) => message.channel === channel && isVisibleTo(message, ui.staff));
}

export function channelUnread(user, channel) {
  return store.state.slack.messages.filter((message) => message.channel === channel && isUnread(user, message)).length;
}

export const staffUnread = (user) => store.state.slack.channels
  .filter((channel) => !channel.is_im || channel.members?.includes(user))
  .reduce((sum, channel) => sum + channelUnread(user, channel.id), 0);

export const threadUnread = (user, replies) => replies.filter((message) => isUnread(user, message)).length;

function isUnread(user, message) {
  return isVisibleTo(message, user) && message.user !== user && Number(message.ts) > seenAt(user, placeOf(message));
}

export const markChannelRead = (channel) => markRead(channel, (message) => message.channel === channel && !isReply(message));

export const markThreadRead = (channel, ts) => markRead(`${channel} ${ts}`, (message) => message.channel === channel && message.thread_ts === ts);

function markRead(place, belongs) {
  const last = store.state.slack.messages.filter(belongs).reduce((max, message) => Math.max(max, Number(message.ts)), 0);
  if (last <= seenAt(ui.staff, place)) return;
  ui.seenSlack[seenKey(ui.staff, place)] = last;
  touch();
}
