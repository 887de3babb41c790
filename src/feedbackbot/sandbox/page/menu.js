// Small pop-up menus, the lightbox and the page's one question dialog.

import { el, icon } from "./dom.js";
import { withEmoji } from "./emoji.js";

let open = null;

/** Show `items` ({label, icon, run, danger, hint}) beside `anchor`; arrows, Escape and a click elsewhere work as expected. */
export function openMenu(anchor, items, { align = "start" } = {}) {
  closeMenu();
  const menu = el("div", { class: "menu", role: "menu", on: { keydown: moveInMenu } },
    items.map((item) => menuItem(item)));
  document.body.append(menu);
  place(menu, anchor.getBoundingClientRect(), align);
  open = { menu, anchor };
  anchor.setAttribute("aria-expanded", "true");
  menu.firstElementChild?.focus();
  setTimeout(() => document.addEventListener("pointerdown", closeOutside), 0);
}

export function closeMenu() {
  if (!open) return;
  const { menu, anchor } = open;
  open = null;
  document.removeEventListener("pointerdown", closeOutside);
  const hadFocus = menu.contains(document.activeElement);
  menu.remove();
  anchor.setAttribute("aria-expanded", "false");
  if (hadFocus && anchor.isConnected) anchor.focus();
}

function menuItem(item) {
  const run = () => {
    closeMenu();
    item.run();
  };
  return el("button", { type: "button", role: "menuitem", class: item.danger ? "danger" : null, on: { click: run } },
    item.icon ? icon(item.icon, 18) : null, el("span", {}, withEmoji(item.label)), item.hint ? el("small", { text: item.hint }) : null);
}

function place(menu, anchor, align) {
  const { offsetWidth: width, offsetHeight: height } = menu;
  const left = align === "end" ? anchor.right - width : anchor.left;
  const below = anchor.bottom + 6 + height < innerHeight;
  menu.style.left = `${Math.max(8, Math.min(left, innerWidth - width - 8))}px`;
  menu.style.top = `${below ? anchor.bottom + 6 : Math.max(8, anchor.top - height - 6)}px`;
}

function closeOutside(event) {
  if (open && !open.menu.contains(event.target)) closeMenu();
}

function moveInMenu(event) {
  const entries = [...event.currentTarget.children];
  const at = entries.indexOf(document.activeElement);
  const steps = { ArrowDown: 1, ArrowUp: -1 };
  if (event.key === "Escape" || event.key === "Tab") closeMenu();
  if (!(event.key in steps)) return;
  event.preventDefault();
  entries[(at + steps[event.key] + entries.length) % entries.length].focus();
}

/** Show a picture large. */
export function enlarge(source, words) {
  const box = document.getElementById("lightbox");
  box.replaceChildren(el("img", { src: source, alt: words }));
  box.onclick = () => box.close();
  box.showModal();
}

/** Ask one thing in a dialog; resolves to the form's values, or null when it was closed. */
export function ask({ title, words, fields = [], yes = "OK", no = "Cancel", danger = false }) {
  const box = document.getElementById("ask");
  const form = el("form", { method: "dialog" },
    el("h2", { text: title }), words ? el("p", { text: words }) : null, fields.map(askField),
    el("div", { class: "ask-buttons" },
      el("button", { value: "no", formnovalidate: true, class: "quiet", text: no }),
      el("button", { value: "yes", class: danger ? "danger" : "primary", text: yes })));
  box.replaceChildren(form);
  box.returnValue = "no";
  box.showModal();
  return new Promise((resolve) => {
    box.onclose = () => resolve(box.returnValue === "yes" ? Object.fromEntries(new FormData(form)) : null);
  });
}

function askField({ name, label, options, ...rest }) {
  const control = options
    ? el("select", { name }, options.map(([value, words]) => el("option", { value }, words)))
    : el("input", { name, autocomplete: "off", ...rest });
  return el("label", {}, el("span", { text: label }), control);
}
