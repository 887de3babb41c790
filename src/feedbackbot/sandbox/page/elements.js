// Block Kit's interactive elements. Each shows itself, and tells `context.act(element, value, block)` what was done.

import { el } from "./dom.js";
import { ask } from "./menu.js";
import { textObject } from "./mrkdwn.js";
import { nameOf, staff } from "./store.js";

/** An element inside a message or a modal's section: acting on it tells the bot at once. */
export function interactive(element, block, context) {
  if (element.type === "button") return button(element, block, context);
  if (element.type === "static_select" || element.type === "users_select") return select(element, block, context);
  if (element.type === "overflow") return select({ ...element, placeholder: { text: "⋯" } }, block, context);
  if (element.type === "datepicker") return dateField(element, block, context);
  if (element.type === "radio_buttons" || element.type === "checkboxes") return ticked(element, block, context);
  if (element.type === "image") return el("img", { class: "accessory-image", src: element.image_url, alt: element.alt_text ?? "" });
  return null;
}

function button(element, block, context) {
  const props = {
    class: `slack-button ${element.style ?? ""}`, testid: "slack-button", "aria-label": element.accessibility_label,
    data: { actionId: element.action_id ?? "", key: `${block.block_id ?? ""}-${element.action_id ?? element.text?.text}` },
  };
  if (element.url) return el("a", { ...props, href: safe(element.url), target: "_blank", rel: "noopener noreferrer", on: { click: () => context.act(element, element.value, block) } }, textObject(element.text));
  const press = async (event) => {
    const node = event.currentTarget;
    if (await confirmed(element.confirm)) await whileWaiting(node, () => context.act(element, element.value, block));
  };
  return el("button", { ...props, type: "button", on: { click: press } }, el("span", {}, textObject(element.text)));
}

const safe = (url) => (/^https?:/i.test(url) ? url : "#");

async function whileWaiting(node, work) {
  node.disabled = true;
  node.setAttribute("aria-busy", "true");
  try {
    await work();
  } finally {
    node.disabled = false;
    node.removeAttribute("aria-busy");
  }
}

async function confirmed(question) {
  if (!question) return true;
  const answer = await ask({
    title: question.title?.text ?? "Are you sure?", words: question.text?.text, yes: question.confirm?.text ?? "Yes",
    no: question.deny?.text ?? "Cancel", danger: question.style === "danger",
  });
  return answer !== null;
}

export function optionsOf(element) {
  if (element.type === "users_select") return staff().map((user) => ({ value: user.id, text: { text: nameOf(user) } }));
  return element.options ?? (element.option_groups ?? []).flatMap((group) => group.options);
}

function select(element, block, context) {
  const chosen = element.initial_option?.value ?? element.initial_user ?? "";
  const change = async (event) => {
    const node = event.currentTarget;
    if (!(await confirmed(element.confirm))) node.value = chosen;
    else await whileWaiting(node, () => context.act(element, node.value, block));
  };
  return selectNode(element, { change }, chosen, block);
}

export function selectNode(element, on, chosen, block = {}) {
  const words = element.placeholder?.text ?? "Choose…";
  const node = el("select", { class: "slack-select", testid: "slack-select", "aria-label": words, on, data: { actionId: element.action_id ?? "", key: `${block.block_id ?? ""}-${element.action_id}` } },
    el("option", { value: "", text: words, disabled: Boolean(chosen) }),
    optionsOf(element).map((option) => el("option", { value: option.value, text: option.text.text })));
  node.value = chosen ?? "";
  return node;
}

function dateField(element, block, context) {
  const change = (event) => event.currentTarget.value && context.act(element, event.currentTarget.value, block);
  return el("input", { type: "date", class: "slack-date", testid: "slack-date", "aria-label": element.placeholder?.text ?? "Date", value: element.initial_date ?? "", on: { change }, data: { actionId: element.action_id ?? "" } });
}

function ticked(element, block, context) {
  const node = ticks(element, `${block.block_id}-${element.action_id}`);
  node.addEventListener("change", () => {
    const values = ticksChosen(node);
    context.act(element, element.type === "checkboxes" ? values : values[0], block);
  });
  return node;
}

/** Radio buttons or check boxes with their descriptions. */
export function ticks(element, name) {
  const type = element.type === "checkboxes" ? "checkbox" : "radio";
  const chosen = new Set([...(element.initial_options ?? []), element.initial_option].filter(Boolean).map((option) => option.value));
  return el("div", { class: "slack-ticks", role: type === "radio" ? "radiogroup" : "group" }, (element.options ?? []).map((option) =>
    el("label", {}, el("input", { type, name, value: option.value, checked: chosen.has(option.value) }),
      el("span", {}, textObject(option.text), option.description ? el("small", {}, textObject(option.description)) : null))));
}

export const ticksChosen = (node) => [...node.querySelectorAll("input:checked")].map((input) => input.value);
