// The sandbox's time of day, which runs beside the real one, and how moments are written.

import { store } from "./store.js";

const LOCALE = "en-GB";
const clockFormat = new Intl.DateTimeFormat(LOCALE, { hour: "2-digit", minute: "2-digit" });
const dayFormat = new Intl.DateTimeFormat(LOCALE, { day: "numeric", month: "long" });
const longDayFormat = new Intl.DateTimeFormat(LOCALE, { weekday: "long", day: "numeric", month: "long" });
const shortDayFormat = new Intl.DateTimeFormat(LOCALE, { weekday: "short", day: "numeric", month: "short" });

export function offsetSeconds() {
  return store.state?.clock.offset_seconds ?? 0;
}

export function now() {
  return new Date(Date.now() + offsetSeconds() * 1000);
}

/** Seconds since 1970, ISO text or a Slack `ts` become a Date. */
export function moment(value) {
  if (value === null || value === undefined) return null;
  if (typeof value === "number") return new Date(value * 1000);
  return /^\d+(\.\d+)?$/.test(value) ? new Date(Number(value) * 1000) : new Date(value);
}

export const timeOf = (value) => clockFormat.format(moment(value));
export const dayOf = (value) => dayFormat.format(moment(value));
export const longDayOf = (value) => longDayFormat.format(moment(value));
export const shortDayOf = (value) => shortDayFormat.format(moment(value));
export const sameDay = (one, other) => moment(one).toDateString() === moment(other).toDateString();

export function dayName(value) {
  if (sameDay(value, now().getTime() / 1000)) return "Today";
  if (sameDay(value, now().getTime() / 1000 - 86400)) return "Yesterday";
  return longDayOf(value);
}

/** How far the clock has been pushed, in the two largest units: "3 d 4 h". */
export function spanOf(seconds) {
  const rest = Math.abs(Math.round(seconds / 60));
  const parts = [[Math.floor(rest / 1440), "d"], [Math.floor((rest % 1440) / 60), "h"], [rest % 60, "min"]];
  return parts.filter(([count]) => count).slice(0, 2).map(([count, unit]) => `${count} ${unit}`).join(" ");
}
