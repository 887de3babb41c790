// Builds nodes and keeps lists of them up to date. Outside text enters the page only through here, as text nodes.

const SVG = "http://www.w3.org/2000/svg";

export function el(tag, props = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) setProp(node, name, value);
  node.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

function setProp(node, name, value) {
  if (value === null || value === undefined || value === false) return;
  if (name === "on") for (const [event, handler] of Object.entries(value)) node.addEventListener(event, handler);
  else if (name === "data") Object.assign(node.dataset, value);
  else if (name === "class") node.className = value;
  else if (name === "text") node.textContent = value;
  else if (name === "testid") node.dataset.testid = value;
  else if (name === "value") node.value = value;
  else node.setAttribute(name, value === true ? "" : value);
}

/** Show `items` ({key, sign, build}) in `parent`; a node is rebuilt only when its sign has changed. */
export function patchList(parent, items) {
  const known = parent.shownNodes ?? new Map();
  const next = new Map();
  let cursor = parent.firstChild;
  for (const item of items) {
    const sign = item.sign ?? "";
    let entry = known.get(item.key);
    if (!entry || entry.sign !== sign) entry = { sign, node: replace(entry?.node, item.build()) };
    if (cursor && !cursor.isConnected) cursor = null;
    if (entry.node.parentNode !== parent || entry.node !== cursor) parent.insertBefore(entry.node, cursor);
    cursor = entry.node.nextSibling;
    next.set(item.key, entry);
  }
  for (const [key, entry] of known) if (!next.has(key)) entry.node.remove();
  parent.shownNodes = next;
}

function replace(old, fresh) {
  if (!old?.isConnected) return fresh;
  const focused = old.contains(document.activeElement) ? document.activeElement.dataset.key : null;
  fresh.classList.add("still");
  old.replaceWith(fresh);
  if (focused) fresh.querySelector(`[data-key="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
  return fresh;
}

/** Replace what `parent` holds, unless `sign` says that it is the same as last time. */
export function fill(parent, sign, build) {
  if (parent.shownSign === sign) return;
  parent.shownSign = sign;
  const focused = parent.contains(document.activeElement) ? document.activeElement.dataset.key : null;
  parent.replaceChildren(...[build()].flat(Infinity).filter(Boolean));
  if (focused) parent.querySelector(`[data-key="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
}

/** Run `change`, and stay at the end of the scrolled box if the reader was there (or `force`). */
export function keepingTheEnd(box, change, force = false) {
  if (box.sticks === undefined) watchEnd(box);
  if (force) box.sticks = true;
  change();
  if (box.sticks) toEnd(box);
}

/** A box that grows, shrinks, comes into view or gets a late picture keeps its end in view as well. */
function watchEnd(box) {
  box.sticks = true;
  const stay = () => box.sticks && toEnd(box);
  let last = box.scrollTop;
  box.addEventListener("scroll", () => {
    // only who scrolls up leaves the end; a late picture below moves nobody
    if (box.clientHeight && (isAtEnd(box) || box.scrollTop < last)) box.sticks = isAtEnd(box);
    last = box.scrollTop;
  });
  box.addEventListener("load", stay, { capture: true });
  new ResizeObserver(stay).observe(box);
}

export function isAtEnd(box) {
  return box.scrollHeight - box.scrollTop - box.clientHeight < 48;
}

export function toEnd(box) {
  box.scrollTop = box.scrollHeight;
}

export function icon(name, size = 20) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("width", size);
  svg.setAttribute("height", size);
  svg.setAttribute("aria-hidden", "true");
  svg.classList.add("icon");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", ICONS[name]);
  svg.append(path);
  return svg;
}

const ICONS = {
  attach: "M20.5 11.500l-8.6 8.600a5.6 5.6 0 0 1-7.9-7.900l8.9-8.900a3.7 3.7 0 0 1 5.3 5.300l-8.8 8.800a1.9 1.9 0 0 1-2.7-2.700l8.1-8",
  mic: "M12 3a3 3 0 0 1 3 3v6a3 3 0 0 1-6 0V6a3 3 0 0 1 3-3zM5.5 11.500a6.5 6.5 0 0 0 13 0M12 18v3",
  send: "M4 4.500l17 7.5-17 7.5 2.5-7.500zM6.5 12H14",
  menu: "M4 7h16M4 12h16M4 17h10",
  more: "M12 5.500v.01M12 12v.01M12 18.500v.01",
  dots: "M5.5 12h.01M12 12h.01M18.5 12h.01",
  back: "M15 5l-7 7 7 7",
  down: "M6 9l6 6 6-6",
  close: "M6 6l12 12M18 6L6 18",
  check: "M5 12.500l4.5 4.500L19 7.5",
  plus: "M12 5v14M5 12h14",
  reply: "M10 6L4 12l6 6M4 12h9a7 7 0 0 1 7 7",
  thread: "M5 4.500h14a1.5 1.5 0 0 1 1.5 1.500v9a1.5 1.5 0 0 1-1.5 1.500h-7L7.5 20v-3.500H5A1.5 1.5 0 0 1 3.5 15V6A1.5 1.5 0 0 1 5 4.500zM8 9h8M8 12.500h5",
  edit: "M4 20l1-4.500L16 4.500l3.5 3.500L8.5 19z",
  trash: "M5 7h14M10 7V4.500h4V7M7 7l1 12.500h8L17 7",
  copy: "M9 9h10.500v10.500H9zM5.5 15H4.500V4.500H15v1",
  smile: "M12 3.500a8.5 8.5 0 1 1 0 17 8.5 8.5 0 0 1 0-17zM9 10v.01M15 10v.01M8.5 14c2 2.6 5 2.6 7 0",
  mail: "M3.5 6h17v12.500h-17zM4 6.500l8 6.5 8-6.5",
  chat: "M12 4.500c5 0 8.5 3.2 8.5 7.200s-3.5 7.2-8.5 7.200c-1.2 0-2.3-.2-3.3-.5L4 20l1.3-3.600a6.6 6.6 0 0 1-1.8-4.700c0-4 3.5-7.2 8.5-7.200z",
  file: "M7 3.500h7l4.5 4.500v12.500H7zM14 3.500V8h4.5",
  image: "M4 5h16v14H4zM4 16l4.5-4.5 4 4 3-3L20 17M15.5 9.500v.01",
  eye: "M2.5 12C5 7.5 8.3 5.5 12 5.500s7 2 9.5 6.500c-2.5 4.5-5.8 6.5-9.5 6.500S5 16.5 2.5 12zM12 9.200a2.8 2.8 0 1 1 0 5.6 2.8 2.8 0 0 1 0-5.600z",
  play: "M8 5.500v13l11-6.500z",
  pause: "M8 5.500v13M16 5.500v13",
  out: "M8 16L17 7M9.5 7H17v7.5",
  clock: "M12 3.500a8.5 8.5 0 1 1 0 17 8.5 8.5 0 0 1 0-17zM12 7.500V12l3 2",
  sun: "M12 8a4 4 0 1 1 0 8 4 4 0 0 1 0-8zM12 2.500v2M12 19.500v2M2.5 12h2M19.5 12h2M5.3 5.300l1.4 1.400M17.3 17.300l1.4 1.400M5.3 18.700l1.4-1.400M17.3 6.700l1.4-1.4",
  moon: "M19.5 14.500A8 8 0 0 1 9.5 4.500a8 8 0 1 0 10 10z",
  block: "M12 3.500a8.5 8.5 0 1 1 0 17 8.5 8.5 0 0 1 0-17zM6 6l12 12",
  globe: "M12 3.500a8.5 8.5 0 1 1 0 17 8.5 8.5 0 0 1 0-17zM3.5 12h17M12 3.500c3 2.5 3.5 6 3.5 8.500s-.5 6-3.5 8.500c-3-2.5-3.5-6-3.5-8.500s.5-6 3.5-8.500z",
  undo: "M8 5L4 9l4 4M4 9h9.500a5.5 5.5 0 0 1 0 11H9",
};
