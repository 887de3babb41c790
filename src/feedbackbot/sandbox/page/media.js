// Pictures, voice notes, stickers and files inside a bubble.

import { el, icon } from "./dom.js";
import { withEmoji } from "./emoji.js";
import { enlarge } from "./menu.js";

export function photo(message) {
  const words = message.caption ?? "Photo";
  return el("button", { type: "button", class: "photo", "aria-label": "Enlarge the photo", on: { click: () => enlarge(message.photo_url, words) } },
    el("img", { src: message.photo_url, alt: words, loading: "eager" }));
}

export function voice(message) {
  const seconds = message.voice_seconds ?? 0;
  const player = message.voice_url ? new Audio(message.voice_url) : null;
  if (player) player.preload = "none";
  const button = el("button", { type: "button", class: "voice-play", "aria-label": "Play the voice message", on: { click: () => toggle(player) } }, icon("play", 18));
  const bars = el("span", { class: "voice-bars", "aria-hidden": "true" }, waveform(message.message_id ?? 1));
  player?.addEventListener("play", () => button.replaceChildren(icon("pause", 18)));
  for (const end of ["pause", "ended"]) player?.addEventListener(end, () => button.replaceChildren(icon("play", 18)));
  return el("span", { class: "voice" }, button, el("span", { class: "voice-body" }, bars, el("span", { class: "voice-length", text: lengthOf(seconds) })));
}

export function video(address) {
  return el("video", { class: "video", src: address, controls: true, preload: "metadata" });
}

function toggle(player) {
  if (!player) return;
  if (player.paused) player.play().catch(() => player.dispatchEvent(new Event("pause")));
  else player.pause();
}

/** A calm picture of sound: the same for the same message. */
function waveform(seed) {
  return Array.from({ length: 30 }, (_, index) => {
    const height = 22 + 78 * Math.abs(Math.sin(index * 0.9 + seed) * Math.cos(index * 0.37 + seed * 2));
    const bar = el("i");
    bar.style.height = `${Math.round(height)}%`;
    return bar;
  });
}

const lengthOf = (seconds) => `${Math.floor(seconds / 60)}:${String(Math.round(seconds % 60)).padStart(2, "0")}`;

export function fileChip(file) {
  return el("a", { class: "file", href: file.url, download: file.name, testid: "phone-file" },
    el("span", { class: "file-icon" }, icon("file", 20)),
    el("span", { class: "file-words" }, el("strong", { text: file.name }), el("span", { text: sizeOf(file.size) })));
}

export function sizeOf(bytes) {
  if (!bytes) return "File";
  if (bytes < 1024) return `${bytes} B`;
  return bytes < 1048576 ? `${(bytes / 1024).toFixed(1)} KB` : `${(bytes / 1048576).toFixed(1)} MB`;
}

export function sticker(value) {
  if (typeof value === "object" && value.url) return el("img", { class: "sticker", src: value.url, alt: value.emoji ?? "Sticker" });
  return el("span", { class: "sticker" }, withEmoji(typeof value === "string" ? value : value.emoji ?? "🙂"));
}
