"""Draws the facts of a card, a line of a thread or a whisper as Slack blocks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from feedbackbot.channels.slack_blocks import (
    Block,
    actions,
    button,
    context,
    fields,
    going_on,
    header,
    mention,
    paragraph,
    quotation,
    section,
    short,
    words_of,
)
from feedbackbot.channels.slack_history import cause_of, count, history
from feedbackbot.channels.slack_words import escaped
from feedbackbot.escalating.case_card import ON_CARD, SUMMARY

#: characters of a card's words that a phone's notification shows
_NOTICE = 200
#: characters of a customer's name
_NAME = 60
#: the words on the buttons, by what they do
_LABELS = {
    "claim": "Claim",
    "reply": "Reply",
    "resolve": "Resolve",
    "release": "Release",
    "reopen": "Reopen",
    "take_over": "Take over",
    "approve": "Approve",
    "reject": "Reject",
    "ask_edit": "Ask to edit",
    "take_down": "Take down",
}
_ERASED = "Deleted at the customer's wish."
_PRIORITY = {"urgent": "🚨 Urgent: ", "high": "❗ High priority: "}
_MESSAGES = {"human", "nothing_open", "link_taken"}
_MEDIA = {"photo": "A photo", "voice": "A voice recording", "video": "A clip"}
_TAKE_OVER: Block = {
    "title": {"type": "plain_text", "text": "Take over?"},
    "text": {"type": "plain_text", "text": "The customer is told that you have it now."},
    "confirm": {"type": "plain_text", "text": "Take over"},
    "deny": {"type": "plain_text", "text": "Cancel"},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """`text` is what notifications and screen readers say; it is escaped."""

    text: str
    blocks: list[Block]


def draw(facts: dict[str, Any]) -> Drawn:
    """A card, by its kind."""
    facts = facts | {"customer": short(str(facts.get("customer") or ""), _NAME)}
    match facts.get("card"):
        case "escalation":
            return _complaint(facts)
        case "testimonial":
            return _testimonial(facts)
        case "erased":
            return Drawn(text=_ERASED, blocks=[context(_ERASED)])
        case _:
            return _note(facts)


def draw_line(payload: dict[str, Any]) -> Drawn:
    """A line in a thread; a quotation bears its author's name, and whom it concerns is called."""
    text, by, notify = str(payload["text"]), payload.get("by"), payload.get("notify")
    call = f"<@{notify}> " if notify else ""
    lead = f"{by}: " if by else ""
    called = [paragraph(mention(notify))] if notify and by else []
    if by:
        blocks = [*called, quotation(f"{by}:", text)]
    else:
        before = [mention(notify), words_of(" ")] if notify else []
        blocks = [paragraph(*before, words_of(text))]
    return Drawn(text=call + escaped(lead + text), blocks=blocks)


def draw_whisper(payload: dict[str, Any]) -> Drawn:
    text = str(payload["text"])
    pressed = [
        button(str(one["label"]), str(one["action"]), str(one["value"]))
        for one in payload.get("actions") or ()
    ]
    blocks = [section(text), *([actions(*pressed)] if pressed else [])]
    return Drawn(text=escaped(text), blocks=blocks)


def _note(facts: dict[str, Any]) -> Drawn:
    text = str(facts.get("text") or "")
    return Drawn(
        text=escaped(short(text, _NOTICE)), blocks=[paragraph(words_of(short(text, 3000)))]
    )


def _complaint(facts: dict[str, Any]) -> Drawn:
    customer = str(facts["customer"])
    is_resolved = facts["status"] == "resolved"
    flag = "✅ Resolved: " if is_resolved else _PRIORITY.get(facts["priority"], "")
    title = f"{flag}{_kind(facts)} from {customer}"
    blocks = [header(title[:1].upper() + title[1:])]
    if pairs := _about(facts):
        blocks.append(fields(pairs))
    if summary := _said_once(facts):
        blocks.append(paragraph(words_of(short(summary, SUMMARY))))
    if facts["words"]:
        blocks.append(quotation(f"{customer} wrote:", f"{facts['words']}{going_on(facts)}"))
    if newest := str(facts.get("newest") or ""):
        lead = f"Newest from {customer}, {facts['newest_at']}:"
        blocks.append(quotation(lead, _end_of(newest)))
    blocks += [context(*history(facts)), section("\n".join(_state(facts)))]
    if facts["trouble"]:
        blocks.append(section(f"⚠️ The last reply has not arrived: {short(facts['trouble'], 500)}"))
    if facts["buttons"]:
        blocks.append(actions(*(_case_button(name, facts) for name in facts["buttons"])))
    said = facts["summary"] or facts["words"]
    notice = f"{title[:1].upper()}{title[1:]}: {said}" if said else title
    return Drawn(text=escaped(short(notice, _NOTICE)), blocks=blocks)


def _end_of(newest: str) -> str:
    """The last of what came since; the thread has all of it."""
    if len(newest) <= ON_CARD:
        return newest
    return f"(more in the thread) … {newest[-ON_CARD:]}"


def _kind(facts: dict[str, Any]) -> str:
    """Who asks for a person has not complained yet."""
    return "message" if facts["origin"] in _MESSAGES else "complaint"


def _said_once(facts: dict[str, Any]) -> str:
    """The script's summary without the customer's own words, which stand below it in full."""
    summary, words = str(facts["summary"] or ""), str(facts["words"] or "")
    return summary.replace(words, "").strip() if words else summary


def _about(facts: dict[str, Any]) -> list[tuple[str, str]]:
    pairs: list[tuple[str, str]] = []
    if facts["score"] is not None:
        pairs.append(("Score", _stars(facts["score"])))
    purchase = facts["purchase"]
    if purchase:
        gift = " (a gift)" if purchase["gift"] else ""
        pairs.append(("Order", f"{purchase['number']}{gift}"))
        pairs.append(("Items", ", ".join(purchase["items"]) or "–"))
        if purchase["total"]:
            pairs.append(("Total", purchase["total"]))
        pairs.append(("Bought", purchase["date"]))
        if purchase["delivered"]:
            pairs.append(("Delivered", purchase["delivered"]))
    return pairs


def _state(facts: dict[str, Any]) -> list[str]:
    lines = [_standing(facts)]
    if facts["status"] != "resolved" and facts["waiting_since"]:
        due = f"; an answer is due {facts['reply_due']}" if facts["reply_due"] else ""
        late = "⏰ Overdue. " if facts["overdue"] else ""
        lines.append(f"{late}{facts['customer']} waits since {facts['waiting_since']}{due}.")
    elif facts["status"] != "resolved":
        lines.append(f"Answered {facts['answered_at']}." if facts["answered_at"] else "Answered.")
    if facts["reopened"]:
        lines.append(f"Opened again {count(facts['reopened'], 'time')}.")
    if facts["recovered"]:
        verdict = "solved" if facts["recovered"] == "solved" else "not solved yet"
        lines.append(f"{facts['customer']} says: {verdict}.")
    return lines


def _standing(facts: dict[str, Any]) -> str:
    if facts["status"] == "claimed":
        return f"👤 {facts['claimed_name']} has claimed this, {facts['claimed_at']}."
    if facts["status"] == "open":
        return f"⚪ Nobody has claimed this yet; opened {facts['opened_at']}."
    done = f": {facts['action_taken']}" if facts["action_taken"] else ""
    if not facts["resolved_by"]:
        return "Closed."
    check = f" {facts['customer']} is asked on {facts['check_on']}." if facts["check_on"] else ""
    cause = f" ({cause_of(facts['cause'])})" if facts["cause"] else ""
    return f"Resolved by {facts['resolved_by']}, {facts['resolved_at']}{cause}{done}.{check}"


def _case_button(name: str, facts: dict[str, Any]) -> Block:
    styles: dict[str, Block] = {
        "claim": {"style": "primary"},
        "take_over": {"confirm": _TAKE_OVER},
    }
    return button(_LABELS[name], name, str(facts["id"]), **styles.get(name, {}))


def _testimonial(facts: dict[str, Any]) -> Drawn:
    customer = str(facts["customer"])
    title = f"Testimonial from {customer}"
    blocks = [header(title)]
    if facts["text"]:
        blocks.append(quotation("Exactly as agreed:", facts["text"]))
    elif facts["media"]:
        blocks.append(section(f"{_MEDIA.get(facts['media'], 'A file')}, in the thread; no words."))
    if facts["suggested"]:
        blocks.append(quotation("Suggested, waits for the customer's yes:", facts["suggested"]))
    blocks += [fields(_agreed(facts)), section(_decision(facts))]
    if facts["warning"]:
        blocks.append(section(f"⚠️ {facts['warning']}"))
    if facts["buttons"]:
        blocks.append(actions(*(_quote_button(name, facts) for name in facts["buttons"])))
    text = f"{title}: {facts['text']}" if facts["text"] else title
    return Drawn(text=escaped(short(text, _NOTICE)), blocks=blocks)


def _agreed(facts: dict[str, Any]) -> list[tuple[str, str]]:
    pairs = [("Signed", facts["credit_name"] or "without a name")]
    pairs.append(("May be used on", ", ".join(facts["uses"]) or "nothing any more"))
    if facts["rating"] is not None:
        pairs.append(("Score", _stars(facts["rating"])))
    if facts["item"]:
        pairs.append(("Bought", facts["item"]))
    if facts["incentive"]:
        pairs.append(("Shown with it", facts["incentive"]))
    if facts["media"] and facts["text"]:
        pairs.append(("With", f"{_MEDIA.get(facts['media'], 'A file').lower()}, in the thread"))
    if facts["consented_at"]:
        pairs.append(("Agreed", facts["consented_at"]))
    return pairs


def _decision(facts: dict[str, Any]) -> str:
    by = facts["decided_by"] or "Marketing"
    match facts["status"]:
        case "published":
            return f"✅ Approved by {by}, {facts['published_at']}. Public at {facts['link']}"
        case "rejected":
            return f"Rejected by {by}; it is not public."
        case "withdrawn":
            return f"Taken back by {facts['customer']}, {facts['withdrawn_at']}; it is not public."
        case "editing":
            return "The changed text is with the customer; nothing is public without a yes."
        case _:
            return "Not public yet: approve it, reject it, or ask for an edit."


def _quote_button(name: str, facts: dict[str, Any]) -> Block:
    value = f"{facts['id']}:{facts['fingerprint']}"
    style = {"approve": {"style": "primary"}, "take_down": {"style": "danger"}}
    return button(_LABELS[name], name, value, **style.get(name, {}))


def _stars(score: int) -> str:
    if not 0 <= score <= 5:
        return str(score)
    return f"{'★' * score}{'☆' * (5 - score)} {score} of 5"
