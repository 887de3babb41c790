"""The numbers that the running bot counts, for /metrics; labels name platforms and outcomes, never people."""

from __future__ import annotations

from prometheus_client import Counter, Gauge, Histogram

_QUICK = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
_SLOW = (0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800)

UPDATES = Counter(
    "feedbackbot_updates",
    "What platforms delivered, by what became of it: applied, duplicate, unanswered (one customer "
    "sends too many), quarantined, refused (the queue was full), later (the database was away).",
    ["platform", "outcome"],
)
UPDATE_SECONDS = Histogram(
    "feedbackbot_update_seconds",
    "From the arrival of what a platform delivered to its commit, after which it is acknowledged.",
    ["platform"],
    buckets=_QUICK,
)
FIRST_REPLY_SECONDS = Histogram(
    "feedbackbot_first_reply_seconds",
    "From the commit of a turn to the moment at which the platform had its first message.",
    ["platform"],
    buckets=_SLOW,
)
SEND_SECONDS = Histogram(
    "feedbackbot_send_seconds",
    "How long a platform takes over one message of a kind: text, buttons, card, thread and so on.",
    ["platform", "kind"],
    buckets=_QUICK,
)
SENDS = Counter(
    "feedbackbot_sends",
    "Tries to send, by outcome: sent, busy (429), later (safe to try again), unknown, unreachable, "
    "failed.",
    ["platform", "outcome"],
)
RATE_LIMITED_SECONDS = Counter(
    "feedbackbot_rate_limited_seconds",
    "For how long platforms asked us to wait with their 429s, added up.",
    ["platform"],
)
PACED = Counter(
    "feedbackbot_paced",
    "How often messages began to wait for our own rate limits.",
    ["platform"],
)
PACED_SECONDS = Counter(
    "feedbackbot_paced_seconds",
    "Time during which at least one message waited for our own rate limits.",
    ["platform"],
)
TURNS = Counter(
    "feedbackbot_turns",
    "Turns of conversations, by what happened: a reply, a tap, a timer, a resolved complaint.",
    ["happening"],
)
COMMIT_SECONDS = Histogram(
    "feedbackbot_commit_seconds",
    "How long one commit takes, with all the work that was in it.",
    buckets=_QUICK,
)
COMMIT_WORKS = Histogram(
    "feedbackbot_commit_works",
    "How much work was committed together.",
    buckets=(1, 2, 5, 10, 20, 50, 100, 200),
)
SCRIPT_SAVES = Counter(
    "feedbackbot_script_saves",
    "Saved scripts that were taken (accepted) or refused.",
    ["outcome"],
)
SCRIPTS_REFUSED = Gauge(
    "feedbackbot_scripts_refused",
    "1 while the scripts on disk are wrong and the last good ones are in use.",
)
