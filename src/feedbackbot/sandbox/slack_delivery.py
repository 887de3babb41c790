"""What Slack tells the bot: events with their retries, clicks and submissions with their answer."""

from __future__ import annotations

import secrets
from collections import deque

from feedbackbot.sandbox import credentials
from feedbackbot.sandbox.outbound import Outbound
from feedbackbot.sandbox.slack_http import Ack, HttpDelivery
from feedbackbot.sandbox.slack_socket import Sockets
from feedbackbot.sandbox.slack_state import SlackState
from feedbackbot.sandbox.wire import Json, copied


class Deliveries:
    def __init__(self, state: SlackState, outbound: Outbound) -> None:
        self.http = HttpDelivery(state, outbound)
        self.sockets = Sockets(state)
        #: Every event envelope by id, newest last, so that a test can deliver one again.
        self.history: dict[str, Json] = {}
        #: Events given up after the last retry.
        self.lost: deque[str] = deque(maxlen=1000)
        self._state = state

    @property
    def mode(self) -> str:
        """How the bot is listening: http, socket or away."""
        if self.http.url:
            return "http"
        return "socket" if self.sockets.count else "away"

    def event(self, event: Json) -> str:
        """Tell the bot what happened, in the background and with retries; the event's id."""
        envelope = self._envelope(copied(event))
        self.history[envelope["event_id"]] = envelope
        self._state.journal.spawn(self._insist(envelope))
        return str(envelope["event_id"])

    def redeliver(self, event_id: str, times: int) -> None:
        """The same event again, all at once; ValueError when there was no such event."""
        if event_id not in self.history:
            raise ValueError(f"There was no event {event_id}.")
        for _ in range(times):
            self._state.journal.spawn(self._repeat(self.history[event_id]))

    async def interact(self, kind: str, payload: Json) -> Ack:
        """A click, a submission or a command: delivered once, its answer awaited."""
        return await self._once(kind, payload, attempt=0, reason="")

    async def _repeat(self, envelope: Json) -> None:
        await self._once("events_api", envelope, attempt=1, reason="timeout")

    async def _insist(self, envelope: Json) -> None:
        ack = await self._once("events_api", envelope, attempt=0, reason="")
        attempt = 0
        while not ack.taken and not ack.final:
            pauses = self._pauses()
            if attempt >= len(pauses):
                break
            await self._state.clock.until(self._state.clock.now() + pauses[attempt])
            attempt += 1
            ack = await self._once("events_api", envelope, attempt=attempt, reason=ack.reason)
        if not ack.taken:
            self.lost.append(str(envelope["event_id"]))
            self._state.journal.tell("slack.lost", event_id=envelope["event_id"])

    async def _once(self, kind: str, payload: Json, *, attempt: int, reason: str) -> Ack:
        if self._state.faults.is_out("slack"):
            return Ack(taken=False, reason="connection_failed")
        way = self.http if self.http.url else self.sockets
        return await way.deliver(kind, payload, attempt=attempt, reason=reason)

    def _pauses(self) -> tuple[float, ...]:
        rules = self._state.rules
        return rules.http_retries if self.http.url else rules.socket_retries

    def _envelope(self, event: Json) -> Json:
        return {
            "token": "sandbox",
            "team_id": credentials.SLACK_TEAM,
            "context_team_id": credentials.SLACK_TEAM,
            "api_app_id": credentials.SLACK_APP_ID,
            "event": event,
            "type": "event_callback",
            "event_id": "Ev" + secrets.token_hex(5).upper(),
            "event_time": self._state.clock.date(),
            "authorizations": [
                {
                    "enterprise_id": None,
                    "team_id": credentials.SLACK_TEAM,
                    "user_id": credentials.SLACK_BOT_USER,
                    "is_bot": True,
                    "is_enterprise_install": False,
                }
            ],
            "is_ext_shared_channel": False,
            "event_context": secrets.token_urlsafe(16),
        }
