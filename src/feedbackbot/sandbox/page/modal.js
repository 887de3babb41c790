// Slack's modals: the form that a click has opened, its fields, its errors, and what is sent back.

import { RefusedError, post } from "./api.js";
import { blocks } from "./blocks.js";
import { el, icon } from "./dom.js";
import { selectNode, ticks, ticksChosen } from "./elements.js";
import { textObject, withNames } from "./mrkdwn.js";
import { refresh, refreshSoon, store, ui } from "./store.js";

let shown = null;

/** Show the topmost open modal of the chosen staff member, keeping what is being typed. */
export function drawModal(layer, rest) {
  const mine = (store.state.slack.views ?? []).filter((open) => open.user === ui.staff && open.view?.type !== "home");
  const open = mine.at(-1) ?? null;
  rest.inert = Boolean(open);
  layer.hidden = !open;
  if (!open) return close(layer);
  const { title, blocks: list, submit: send, close: leave } = open.view;
  const sign = JSON.stringify([open.view_id, title, list, send, leave]);
  if (shown?.sign !== sign) build(layer, open, sign);
  if (open.errors && Object.keys(open.errors).length) showErrors(open.errors);
}

function close(layer) {
  if (!shown) return;
  shown = null;
  layer.replaceChildren();
}

function build(layer, open, sign) {
  const kept = shown?.viewId === open.view_id ? collected(shown.form) : {};
  const form = el("form", { class: "modal-form", novalidate: true, on: { submit: (event) => submit(event, open) } });
  const view = open.view;
  form.append(
    el("header", {}, el("h2", { id: "modal-title" }, withNames(view.title?.text)),
      el("button", { type: "button", class: "icon-button", "aria-label": "Close", on: { click: () => dismiss(open) } }, icon("close"))),
    el("div", { class: "modal-body" }, (view.blocks ?? []).map((block) => (block.type === "input" ? field(block, kept) : blocks([block], actsIn(open))))),
    el("p", { class: "modal-problem", role: "alert" }),
    el("footer", {},
      el("button", { type: "button", class: "slack-button", testid: "modal-close", on: { click: () => dismiss(open) } }, withNames(view.close?.text ?? "Cancel")),
      view.submit ? el("button", { type: "submit", class: "slack-button primary", testid: "modal-submit" }, withNames(view.submit.text)) : null));
  layer.replaceChildren(el("div", { class: "modal", role: "dialog", "aria-modal": "true", "aria-labelledby": "modal-title", testid: "modal", on: { keydown: (event) => onKey(event, open) } }, form));
  shown = { sign, viewId: open.view_id, form };
  (form.querySelector(".modal-body :is(textarea, input, select)") ?? form.querySelector("footer button:last-child")).focus();
}

const actsIn = (open) => ({
  act: (element, value, block) => post("slack/click", { user: open.user, view_id: open.view_id, action_id: element.action_id, block_id: block.block_id, value, values: collected(shown.form) })
    .then(refreshSoon, problem),
});

function field(block, kept) {
  const id = `field-${nameOf(block)}`;
  const control = controlOf(block.element ?? {}, id, kept[nameOf(block)]);
  const isGroup = control.matches("div");
  const label = [textObject(block.label), block.optional ? el("span", { class: "optional", text: " (optional)" }) : null];
  if (isGroup) control.setAttribute("aria-labelledby", `${id}-label`);
  return el("div", { class: "field", testid: "modal-field", data: { field: nameOf(block), type: block.element?.type ?? "" } },
    el(isGroup ? "span" : "label", isGroup ? { class: "field-label", id: `${id}-label` } : { class: "field-label", for: id }, label),
    control,
    el("p", { class: "field-error", role: "alert", id: `${id}-error` }),
    block.hint ? el("p", { class: "field-hint" }, textObject(block.hint)) : null);
}

const nameOf = (block) => block.block_id || block.element?.action_id || block.label?.text || "";

function controlOf(element, id, kept) {
  if (element.type === "radio_buttons" || element.type === "checkboxes") return keepTicks(ticks(element, id), kept);
  if (element.type === "static_select" || element.type === "users_select") return withId(selectNode(element, {}, kept ?? element.initial_option?.value ?? element.initial_user ?? ""), id);
  if (element.type?.startsWith("multi_")) return multiSelect(element, id, kept);
  const props = { id, class: "slack-input", placeholder: element.placeholder?.text, maxlength: element.max_length, value: kept ?? element.initial_value ?? element.initial_date ?? element.initial_time ?? "" };
  if (element.type === "datepicker") return el("input", { ...props, type: "date", class: "slack-date" });
  if (element.type === "timepicker") return el("input", { ...props, type: "time", class: "slack-date" });
  if (element.multiline) return el("textarea", { ...props, rows: 5 });
  const types = { email_text_input: "email", url_text_input: "url", number_input: "number" };
  return el("input", { ...props, type: types[element.type] ?? "text", autocomplete: "off" });
}

/** In a form the field's own label names it. */
function withId(node, id) {
  node.id = id;
  node.removeAttribute("aria-label");
  return node;
}

function keepTicks(node, kept) {
  if (kept !== undefined) for (const input of node.querySelectorAll("input")) input.checked = [kept].flat().includes(input.value);
  return node;
}

function multiSelect(element, id, kept) {
  const chosen = kept ?? (element.initial_options ?? []).map((option) => option.value);
  return keepTicks(ticks({ ...element, type: "checkboxes" }, id), chosen);
}

function collected(form) {
  const values = {};
  for (const box of form.querySelectorAll("[data-field]")) {
    const group = box.querySelector(".slack-ticks");
    values[box.dataset.field] = group ? tickedValue(group, box.dataset.type) : typedValue(box);
  }
  return values;
}

const tickedValue = (group, type) => (type === "radio_buttons" ? ticksChosen(group)[0] ?? null : ticksChosen(group));

/** Emptied words are sent as empty; a choice not made is not sent. */
function typedValue(box) {
  const { value } = box.querySelector("textarea, select, input");
  return box.dataset.type.endsWith("_input") ? value : value || null;
}

async function submit(event, open) {
  event.preventDefault();
  const { form } = shown;
  if (form.classList.contains("waiting")) return;
  waiting(form, true);
  showErrors({});
  try {
    const answer = await post("slack/submit", { view_id: open.view_id, values: collected(form) });
    await refresh();
    if (answer.error) throw new RefusedError(answer.error);
    if (Object.keys(answer.errors ?? {}).length) showErrors(answer.errors);
  } catch (trouble) {
    problem(trouble);
  } finally {
    waiting(form, false);
  }
}

function waiting(form, isWaiting) {
  form.classList.toggle("waiting", isWaiting);
  const button = form.querySelector("[data-testid=modal-submit]");
  if (!button) return;
  button.disabled = isWaiting;
  button.toggleAttribute("aria-busy", isWaiting);
}

function problem(trouble) {
  if (!(trouble instanceof RefusedError) && !(trouble instanceof TypeError)) throw trouble;
  const line = shown?.form.querySelector(".modal-problem");
  if (line) line.textContent = trouble.message;
}

function showErrors(errors) {
  const form = shown?.form;
  if (!form) return;
  form.querySelector(".modal-problem").textContent = errors["*"] ?? "";
  for (const box of form.querySelectorAll("[data-field]")) {
    const words = errors[box.dataset.field] ?? "";
    const line = box.querySelector(".field-error");
    if (line.textContent !== words) line.textContent = words;
    box.classList.toggle("wrong", words !== "");
    box.querySelector("textarea, select, input")?.setAttribute("aria-invalid", String(words !== ""));
  }
}

async function dismiss(open) {
  try {
    await post("slack/close", { view_id: open.view_id });
  } catch (trouble) {
    problem(trouble);
  }
  await refresh();
}

function onKey(event, open) {
  if (event.key === "Escape") dismiss(open);
  if (event.key === "Enter" && (event.metaKey || event.ctrlKey)) shown.form.requestSubmit();
  if (event.key === "Tab") keepInside(event);
}

function keepInside(event) {
  const stops = [...event.currentTarget.querySelectorAll("button, input, textarea, select, a[href]")].filter((node) => !node.disabled);
  const [first, last] = [stops[0], stops.at(-1)];
  const leaves = event.shiftKey ? document.activeElement === first : document.activeElement === last;
  if (!leaves) return;
  event.preventDefault();
  (event.shiftKey ? last : first).focus();
}
