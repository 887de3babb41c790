// Emoji: Slack's names for them, and small drawings for machines that have no emoji of their own.

import { el } from "./dom.js";

const NAMES = {
  star: "⭐", star2: "🌟", sparkles: "✨", eyes: "👀", white_check_mark: "✅", heavy_check_mark: "✔️", ballot_box_with_check: "☑️",
  x: "❌", negative_squared_cross_mark: "❎", warning: "⚠️", rotating_light: "🚨", bell: "🔔", no_bell: "🔕", hourglass: "⌛",
  hourglass_flowing_sand: "⏳", alarm_clock: "⏰", clock1: "🕐", stopwatch: "⏱️", speech_balloon: "💬", left_speech_bubble: "🗨️", thought_balloon: "💭",
  bust_in_silhouette: "👤", busts_in_silhouette: "👥", raising_hand: "🙋", wave: "👋", "+1": "👍", thumbsup: "👍", "-1": "👎",
  thumbsdown: "👎", clap: "👏", pray: "🙏", handshake: "🤝", muscle: "💪", point_right: "👉", point_left: "👈", ok_hand: "👌",
  heart: "❤️", heartbeat: "💓", blue_heart: "💙", green_heart: "💚", broken_heart: "💔", tada: "🎉", confetti_ball: "🎊", fire: "🔥",
  rocket: "🚀", bulb: "💡", memo: "📝", pencil: "📝", pencil2: "✏️", mag: "🔍", lock: "🔒", unlock: "🔓", key: "🔑", link: "🔗",
  camera: "📷", frame_with_picture: "🖼️", microphone: "🎤", studio_microphone: "🎙️", speaker: "🔈", paperclip: "📎", package: "📦",
  truck: "🚚", gift: "🎁", shopping_trolley: "🛒", shopping_bags: "🛍️", athletic_shoe: "👟", credit_card: "💳", receipt: "🧾",
  moneybag: "💰", label: "🏷️", pushpin: "📌", round_pushpin: "📍", calendar: "📆", date: "📅", chart_with_upwards_trend: "📈",
  chart_with_downwards_trend: "📉", bar_chart: "📊", robot_face: "🤖", gear: "⚙️", wrench: "🔧", hammer_and_wrench: "🛠️",
  repeat: "🔁", arrows_counterclockwise: "🔄", leftwards_arrow_with_hook: "↩️", arrow_right_hook: "↪️", arrow_right: "➡️", arrow_left: "⬅️", arrow_up: "⬆️",
  arrow_down: "⬇️", red_circle: "🔴", large_orange_circle: "🟠", large_yellow_circle: "🟡", large_green_circle: "🟢", large_blue_circle: "🔵",
  white_circle: "⚪", black_circle: "⚫", question: "❓", exclamation: "❗", grey_question: "❔", information_source: "ℹ️", no_entry: "⛔",
  no_entry_sign: "🚫", wastebasket: "🗑️", envelope: "✉️", email: "📧", incoming_envelope: "📨", outbox_tray: "📤", inbox_tray: "📥",
  telephone_receiver: "📞", iphone: "📱", computer: "💻", globe_with_meridians: "🌐", earth_africa: "🌍", megaphone: "📣", loudspeaker: "📢",
  trophy: "🏆", medal: "🏅", crown: "👑", rainbow: "🌈", sunny: "☀️", cloud: "☁️", umbrella: "☔", snowflake: "❄️", seedling: "🌱",
  coffee: "☕", cake: "🍰", smile: "😄", smiley: "😃", grinning: "😀", grin: "😁", slightly_smiling_face: "🙂", blush: "😊", wink: "😉",
  joy: "😂", laughing: "😆", heart_eyes: "😍", relaxed: "☺️", neutral_face: "😐", confused: "😕", thinking_face: "🤔", slightly_frowning_face: "🙁",
  white_frowning_face: "☹️", disappointed: "😞", worried: "😟", cry: "😢", sob: "😭", angry: "😠", rage: "😡", sweat_smile: "😅",
  sunglasses: "😎", zzz: "💤", "100": "💯", heavy_plus_sign: "➕", heavy_minus_sign: "➖", file_folder: "📁", page_facing_up: "📄", clipboard: "📋",
};

export function emojiNamed(name) {
  return NAMES[name.split("::")[0]] ?? null;
}

const PICTURE = /(?:\p{Extended_Pictographic}(?:\uFE0F|[\u{1F3FB}-\u{1F3FF}]|\u200D\p{Extended_Pictographic}\uFE0F?)*|\p{Regional_Indicator}{2})/gu;

/** Text as nodes, with each emoji in a span of its own. */
export function withEmoji(words) {
  const nodes = [];
  let from = 0;
  for (const match of String(words ?? "").matchAll(PICTURE)) {
    if (match.index > from) nodes.push(document.createTextNode(words.slice(from, match.index)));
    nodes.push(emoji(match[0]));
    from = match.index + match[0].length;
  }
  if (from < (words ?? "").length) nodes.push(document.createTextNode(words.slice(from)));
  return nodes;
}

export function emojiOnly(words) {
  const left = words.replace(PICTURE, "").trim();
  return words !== "" && left === "" && (words.match(PICTURE) ?? []).length <= 3;
}

export function emoji(sign) {
  if (hasOwnEmoji()) return el("span", { class: "emoji", text: sign });
  const drawing = DRAWN[sign.replace(/\uFE0F/g, "")];
  if (!drawing) return inFontOrByName(sign);
  return el("span", { class: "emoji drawn", data: { sign: drawing } }, use(drawing), el("span", { class: "visually-hidden", text: sign }));
}

/** A sign that no font of this machine has is called by its name, rather than shown as an empty box. */
function inFontOrByName(sign) {
  const name = isMissing(sign) ? Object.keys(NAMES).find((one) => NAMES[one].replace(/\uFE0F/g, "") === sign.replace(/\uFE0F/g, "")) : null;
  return el("span", { class: "emoji", title: name, text: name ? `:${name}:` : sign });
}

function isMissing(sign) {
  const context = el("canvas").getContext("2d");
  context.font = "16px sans-serif";
  return context.measureText([...sign][0]).width === context.measureText("\u{10FFFD}").width;
}

function use(name) {
  const image = el("img", { src: `/sandbox/static/emoji.svg#${name}`, alt: "", "aria-hidden": "true" });
  return image;
}

const DRAWN = {
  "⭐": "star", "🌟": "star", "✨": "sparkles", "👀": "eyes", "✅": "done", "✔": "check", "☑": "done", "❌": "cross", "✗": "cross", "❤": "heart", "👍": "up", "👎": "down",
  "⚠": "warning", "🚨": "alarm", "🔔": "bell", "⏰": "clock", "⏳": "clock", "⌛": "clock", "🕐": "clock", "⏱": "clock", "💬": "speech", "🗨": "speech", "👤": "person", "🙋": "person",
  "🎉": "party", "🎊": "party", "😀": "smile", "😃": "smile", "😄": "smile", "🙂": "smile", "😊": "smile", "😐": "plain", "🙁": "sad", "😞": "sad", "😢": "sad", "😕": "sad",
  "☹": "sad", "😍": "smile", "📦": "parcel", "🎁": "parcel", "📷": "camera", "🖼": "camera", "🎤": "microphone", "🎙": "microphone", "📎": "clip", "🔒": "lock",
  "❗": "bang", "❕": "bang", "❓": "question", "❔": "question", "ℹ": "info", "🔥": "fire", "⚪": "white", "⚫": "black", "📱": "mobile", "📞": "mobile", "🚫": "cross", "⛔": "cross", "❎": "cross",
  "💛": "heart", "💙": "heart", "💚": "heart", "🧡": "heart", "💜": "heart", "♥": "heart", "😁": "smile", "😆": "smile", "😂": "smile", "🤣": "smile", "😅": "smile", "😉": "smile", "🥰": "smile", "🤗": "smile",
  "😠": "sad", "😡": "sad", "😭": "sad", "😟": "sad", "😔": "sad", "👌": "up", "💡": "bulb", "🔴": "red", "🟠": "orange", "🟡": "yellow", "🟢": "green", "🔵": "blue", "📝": "memo", "✏": "memo", "🔁": "again", "🔄": "again", "🙏": "thanks", "👋": "wave",
};

let known = null;

/** Does this machine draw emoji in colour? Asked once, by drawing one and looking. */
function hasOwnEmoji() {
  if (known === null) known = drawsColour();
  return known;
}

function drawsColour() {
  const context = el("canvas", { width: 20, height: 20 }).getContext("2d", { willReadFrequently: true });
  context.font = "16px sans-serif";
  context.fillStyle = "#000";
  context.fillText("💛", 0, 16);
  const { data } = context.getImageData(0, 0, 20, 20);
  for (let at = 0; at < data.length; at += 4) if (data[at] > data[at + 2] + 40) return true;
  return false;
}
