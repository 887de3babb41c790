"""Listens to Slack through Bolt: every listener commits before Slack is told "received"."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import datetime
from typing import Any, TypeVar

import structlog
from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.response import BoltResponse
from slack_sdk.web.async_client import AsyncWebClient
from sqlalchemy.orm import Session

from feedbackbot import crash, escalating, metrics, threads
from feedbackbot.channels.slack_acts import ACTIONS, Press, act
from feedbackbot.channels.slack_api import SlackApi
from feedbackbot.channels.slack_failing import key_of, put_aside
from feedbackbot.channels.slack_forms import FORMS, OPENERS, open_form, submit
from feedbackbot.channels.slack_words import Typed, typed
from feedbackbot.channels.slack_workspace import Workspace
from feedbackbot.errors import DeliveryError, EscalationTaken, NotAllowed, NotYet
from feedbackbot.escalating.listening import ThreadChange, ThreadMessage
from feedbackbot.house import House
from feedbackbot.models.away import why_away
from feedbackbot.models.database import Database
from feedbackbot.staff import Staff

log = structlog.get_logger(__name__)

T = TypeVar("T")
Body = dict[str, Any]

#: seconds between tries; Slack waits for three
_RECEIPTS_TAKE = (0.05, 0.2, 0.5, 1.0)
_SPOKEN = {None, "file_share", "thread_broadcast"}

#: Bolt sets the level of the logger of this name; our own loggers keep theirs
_BOLT = "feedbackbot.bolt"


class SlackInbox:
    """`bolt` is the app whose `async_dispatch` both Socket Mode and the webhook call."""

    def __init__(
        self,
        *,
        api: SlackApi,
        database: Database,
        house: House,
        now: Callable[[], datetime],
        committed: Callable[[], None],
    ) -> None:
        self.api = api
        self.house = house
        self.now = now
        self.workspace = Workspace(api)
        self._database = database
        self._committed = committed
        self.bolt = self._app()

    @property
    def is_crowded(self) -> bool:
        return self._database.is_crowded

    async def write(self, work: Callable[[Session], T]) -> T:
        crash.point("received")
        outcome = await self._database.awrite(lambda session: _whole(session, work))
        crash.point("committed")
        self._committed()
        return outcome

    async def read(self, work: Callable[[Session], T]) -> T:
        return await self._database.aread(work)

    async def press_of(self, body: Body) -> Press:
        """Who pressed what, where; NotAllowed for anybody who may not act."""
        user, team = body["user"], (body.get("team") or {}).get("id")
        ours = (await self.workspace.identity()).team_id
        if ours not in {team, user.get("team_id")} or user.get("team_id", ours) != ours:
            raise NotAllowed("Only members of this workspace can do that.")
        return Press.of(body, await self.workspace.staff(str(user["id"])))

    async def whisper(self, body: Body, text: str, *actions: dict[str, str]) -> None:
        """Tell whoever pressed a button something that only they see."""
        place = body.get("container") or {}
        channel = place.get("channel_id") or (body.get("channel") or {}).get("id")
        user = str(body["user"]["id"])
        await self.write(
            lambda session: threads.whisper(
                session,
                user,
                text,
                channel=channel,
                thread_ts=place.get("thread_ts"),
                actions=actions,
                now=self.now(),
            )
        )

    def _app(self) -> AsyncApp:
        app = AsyncApp(
            name=_BOLT,
            logger=_quiet(),
            client=AsyncWebClient(base_url=self.api.client.base_url, retry_handlers=[]),
            authorize=_authorize(self),
            process_before_response=True,
            # the webhook verifies raw bytes itself, before anything is parsed; sockets bear no signature
            request_verification_enabled=False,
        )
        app.event("message")(self._on_message)
        app.event("app_mention")(self._on_message)
        for name in ACTIONS:
            app.action(name)(self._on_action)
        for name in OPENERS:
            app.action(name)(self._on_opener)
        for name in FORMS:
            app.view(name)(self._on_form)
        app.error(self._on_error)
        return app

    async def _on_message(self, body: Body, event: Body) -> None:
        identity = await self.workspace.identity()
        if body.get("team_id") != identity.team_id or event.get("bot_id"):
            return
        if event.get("subtype") in {"message_changed", "message_deleted"}:
            await self._on_change(event, identity.team_id, identity.bot_user)
        elif event.get("subtype") in _SPOKEN and event.get("user") and _may_matter(event):
            await self._on_words(event, identity.team_id, identity.bot_user)

    async def _on_words(self, event: Body, team_id: str, bot_user: str) -> None:
        said = typed(
            str(event.get("text") or ""),
            bot_user=bot_user,
            blocks=event.get("blocks"),
        )
        if event["user"] == bot_user or event.get("user_team", team_id) != team_id:
            return
        staff, refusal = await self._speaker(str(event["user"]))
        if refusal is not None:
            if said.mentions_bot:
                await self._refuse(event, refusal)
            return
        message = ThreadMessage(
            team=team_id,
            channel=str(event["channel"]),
            thread_ts=str(event.get("thread_ts") or event["ts"]),
            ts=str(event["ts"]),
            staff=staff,
            text=said.text,
            mentions_bot=said.mentions_bot,
            mentions_others=said.mentions_others,
            has_files=bool(event.get("files")),
        )
        await self._keep(
            lambda session, may_come_again: escalating.staff_message(
                session, self.house, message, may_come_again=may_come_again, now=self.now()
            )
        )
        _APPLIED.inc()

    async def _keep(self, work: Callable[[Session, bool], None]) -> None:
        """Who answers in the very moment in which the card appears is quicker than its receipt."""
        for seconds in _RECEIPTS_TAKE:
            with suppress(NotYet):
                return await self.write(lambda session: work(session, True))
            await asyncio.sleep(seconds)
        return await self.write(lambda session: work(session, False))

    async def _on_change(self, event: Body, team_id: str, bot_user: str) -> None:
        before, after = event.get("previous_message") or {}, event.get("message")
        if before.get("bot_id") or (after or {}).get("text") == before.get("text"):
            return
        said = _changed(after, bot_user) if after else None
        was_addressed = typed(str(before.get("text") or ""), bot_user=bot_user).mentions_bot
        change = ThreadChange(
            team=team_id,
            channel=str(event["channel"]),
            thread_ts=str(before.get("thread_ts") or before.get("ts")),
            ts=str(before.get("ts") or event.get("deleted_ts")),
            edit_ts=str(event.get("ts")),
            user_id=str(before.get("user") or ""),
            text=said.text if said else None,
            newly_addressed=bool(said and said.mentions_bot and not was_addressed),
        )
        await self._keep(
            lambda session, may_come_again: escalating.staff_changed(
                session, self.house, change, may_come_again=may_come_again, now=self.now()
            )
        )

    async def _speaker(self, user_id: str) -> tuple[Staff, str | None]:
        try:
            return await self.workspace.staff(user_id), None
        except NotAllowed as why:
            return Staff(user_id=user_id, name=""), str(why)

    async def _refuse(self, event: Body, why: str) -> None:
        await self.write(
            lambda session: threads.whisper(
                session,
                str(event["user"]),
                f"Nothing was sent. {why}",
                channel=str(event["channel"]),
                thread_ts=event.get("thread_ts"),
                now=self.now(),
            )
        )

    async def _on_action(self, ack: AsyncAck, body: Body) -> None:
        await self._guarded(body, lambda: act(self, body))
        _APPLIED.inc()
        await ack()

    async def _on_opener(self, ack: AsyncAck, body: Body) -> None:
        await self._guarded(body, lambda: open_form(self, body))
        await ack()

    async def _on_form(self, ack: AsyncAck, body: Body) -> None:
        errors = await submit(self, body)
        _APPLIED.inc()
        if errors:
            await ack(response_action="errors", errors=errors)
        else:
            await ack()

    async def _guarded(self, body: Body, work: Callable[[], Awaitable[None]]) -> None:
        """What can't be done is said to whoever tried, and to nobody else."""
        try:
            await work()
        except EscalationTaken as taken:
            value = str(body["actions"][0].get("value"))
            take = {"label": "Take over", "action": "take_over", "value": value}
            await self.whisper(body, f"{taken.owner} has claimed this. Take over?", take)
        except NotAllowed as why:
            await self.whisper(body, str(why))

    async def _on_error(self, error: Exception, body: Body) -> BoltResponse:
        """No "received" while we or Slack are out of order; what can't be applied at all is kept, and blocks nobody."""
        if why_away(error) or isinstance(error, DeliveryError | TimeoutError):
            log.warning("slack_not_taken", error=type(error).__name__)
            metrics.UPDATES.labels("slack", "later").inc()
            return BoltResponse(status=503, headers={"Retry-After": "10"})
        log.error("quarantined", key=key_of(body), error=type(error).__name__)
        bot_user = (await self.workspace.identity()).bot_user
        await self.write(
            lambda session: put_aside(session, body, error, bot_user=bot_user, now=self.now())
        )
        metrics.UPDATES.labels("slack", "quarantined").inc()
        # a person who pressed a button sees Slack's own warning; an event is not sent again
        return BoltResponse(status=200 if "event" in body else 500)


def _whole(session: Session, work: Callable[[Session], T]) -> T:
    outcome = work(session)
    crash.point("before_commit")
    return outcome


def _authorize(inbox: SlackInbox) -> Callable[..., Awaitable[AuthorizeResult]]:
    """Bolt looks at the names of the arguments and takes no bound method; Slack is asked only once."""

    async def authorize() -> AuthorizeResult:
        identity = await inbox.workspace.identity()
        return AuthorizeResult(
            enterprise_id=None,
            team_id=identity.team_id,
            bot_id=identity.bot_id,
            bot_user_id=identity.bot_user,
            bot_token=inbox.api.token,
        )

    return authorize


def _changed(after: Body, bot_user: str) -> Typed:
    return typed(str(after.get("text") or ""), bot_user=bot_user, blocks=after.get("blocks"))


def _may_matter(event: Body) -> bool:
    """Talk outside of threads is none of our business unless it calls the bot."""
    return bool(event.get("thread_ts")) or event.get("type") == "app_mention"


def _quiet() -> logging.Logger:
    """Bolt warns at every start of the token that it finds in the environment beside our client."""
    logger = logging.getLogger(_BOLT)
    logger.setLevel(logging.ERROR)
    return logger


_APPLIED = metrics.UPDATES.labels("slack", "applied")
