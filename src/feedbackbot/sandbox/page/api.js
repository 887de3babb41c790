// Talks to the sandbox's control API; knows nothing of how anything looks.

const KINDS = ["telegram.message", "telegram.edited", "telegram.deleted", "telegram.reaction", "telegram.typing",
  "telegram.toast", "slack.message", "slack.updated", "slack.deleted", "slack.reaction", "slack.view",
  "slack.ephemeral", "mail", "clock"];

export class RefusedError extends Error {}

export async function post(path, body) {
  const response = await fetch(`/sandbox/${path}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body ?? {}),
  });
  const answer = await response.json().catch(() => ({}));
  if (!response.ok || answer.ok === false) throw new RefusedError(sentence(answer, response.status));
  return answer;
}

function sentence(answer, status) {
  const words = answer.error ?? answer.detail ?? answer.description;
  return typeof words === "string" ? words : `The sandbox refused that (${status}).`;
}

export async function readState() {
  const response = await fetch("/sandbox/state", { cache: "no-store" });
  if (!response.ok) throw new RefusedError(`The sandbox answered ${response.status}.`);
  return response.json();
}

/** Follow the sandbox's events for ever: `onEvent` for each new one, `onLive` when the line comes or goes. */
export function follow(after, { onEvent, onLive }) {
  let last = after;
  const source = new EventSource(`/sandbox/events?after=${last}`);
  const take = (message) => {
    const event = JSON.parse(message.data);
    if (event.seq !== undefined && event.seq <= last) return;
    last = event.seq ?? last;
    onEvent(event);
  };
  source.onmessage = take;
  for (const kind of KINDS) source.addEventListener(kind, take);
  source.onopen = () => onLive(true);
  source.onerror = () => {
    source.close();
    onLive(false);
    setTimeout(() => follow(last, { onEvent, onLive }), 1000);
  };
}

/** The bytes of a file as base64, the way the control API takes them. */
export function base64Of(file) {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(String(reader.result).split(",")[1] ?? "");
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(file);
  });
}
