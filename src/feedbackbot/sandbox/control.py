"""The control API that serves both platforms: state, events, clock, mail, faults, rules, ledger, calls, waiting."""

from __future__ import annotations

import functools
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import datetime
from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from feedbackbot.sandbox import showing, waiting
from feedbackbot.sandbox.clock import duration
from feedbackbot.sandbox.wire import Json, answered

if TYPE_CHECKING:
    from feedbackbot.sandbox.world import World

Act = Callable[[Json], object]
KEEP_ALIVE_SECONDS = 15.0


def posted(path: str, act: Act) -> Route:
    """A POST route: JSON in, JSON out, 400 with a sentence when the act is refused."""
    return Route(path, functools.partial(_run, act), methods=["POST"])


async def _run(act: Act, request: Request) -> Response:
    try:
        body = await request.body()
        wanted = json.loads(body) if body.strip() else {}
        if not isinstance(wanted, dict):
            raise ValueError("The body is a JSON object.")  # noqa: TRY301, TRY004 - one way to refuse
        result = act(wanted)
        if isinstance(result, Awaitable):
            result = await result
    except (ValueError, KeyError, TypeError) as error:
        words = f"{error} is missing." if isinstance(error, KeyError) else str(error)
        return answered({"ok": False, "error": words}, status=400)
    return answered(result if result is not None else {"ok": True})


class Control:
    def __init__(self, world: World) -> None:
        self._world = world

    def routes(self) -> list[Route]:
        return [
            Route("/sandbox/state", self.state),
            Route("/sandbox/events", self.events),
            Route("/sandbox/clock", self.clock),
            posted("/sandbox/clock", self.move_clock),
            posted("/sandbox/clock/reset", self.reset_clock),
            posted("/sandbox/mail", self.send_mail),
            posted("/sandbox/notes", self.put_notes),
            Route("/sandbox/faults", self.faults, methods=["GET", "DELETE"]),
            posted("/sandbox/faults", self.plan_fault),
            Route("/sandbox/rules", self.rules),
            posted("/sandbox/rules", self.change_rules),
            Route("/sandbox/ledger", self.ledger),
            Route("/sandbox/calls", self.calls),
            Route("/sandbox/wait", self.wait),
        ]

    async def state(self, _request: Request) -> Response:
        return answered(showing.state(self._world))

    async def events(self, request: Request) -> Response:
        after = int(request.query_params.get("after") or self._world.journal.seq)
        headers = {"Cache-Control": "no-store"}
        stream = self._stream(after)
        return StreamingResponse(stream, headers=headers, media_type="text/event-stream")

    async def clock(self, request: Request) -> Response:
        """At once, or when the clock has been moved since `after`."""
        clock = self._world.clock
        after = request.query_params.get("after")
        if after is not None and int(after) == clock.changed:
            at_most = min(float(request.query_params.get("timeout") or 25), 60)
            await clock.bell.wait(at_most=at_most)
        return answered(self._time())

    def move_clock(self, wanted: Json) -> Json:
        clock = self._world.clock
        if "advance" in wanted:
            offset = clock.offset_seconds + duration(wanted["advance"])
        elif "at" in wanted:
            moment = datetime.fromisoformat(str(wanted["at"]))
            if moment.tzinfo is None:
                raise ValueError("A moment needs its zone, for example 2026-03-01T09:00:00Z.")
            offset = clock.offset_seconds + moment.timestamp() - clock.now()
        else:
            raise ValueError("Say advance or at.")
        return self._moved(offset)

    def reset_clock(self, _wanted: Json) -> Json:
        return self._moved(0.0)

    def send_mail(self, wanted: Json) -> Json:
        customer = self._world.telegram.get_customer(wanted.get("to_customer"))
        mail = {
            "id": len(self._world.mail) + 1,
            "at": self._world.clock.iso(),
            "from": "shop",
            **wanted,
            "to_customer": customer.id,
        }
        self._world.mail.append(mail)
        self._world.journal.tell("mail", customer=customer.id)
        words = {name: mail.get(name) for name in ("subject", "text", "link")}
        self._world.journal.saw(str(customer.id), "mail", **words)
        return {"id": mail["id"]}

    def put_notes(self, wanted: Json) -> None:
        """What stands beside the phone from now on: a `title`, a `text`, `notes` with `where`, `words` and `hint`."""
        notes = wanted.get("notes") or []
        if not isinstance(notes, list) or not all(isinstance(note, dict) for note in notes):
            raise ValueError("notes is a list of objects.")
        self._world.notes = {**wanted, "notes": notes} if wanted else {}
        self._world.journal.tell("notes")

    def plan_fault(self, wanted: Json) -> Json:
        return {"id": self._world.faults.plan(wanted).id}

    async def faults(self, request: Request) -> Response:
        if request.method == "DELETE":
            self._world.faults.clear()
        return answered([fault.to_json() for fault in self._world.faults.planned])

    async def rules(self, _request: Request) -> Response:
        return answered(self._rules())

    def change_rules(self, wanted: Json) -> Json:
        for name, value in wanted.items():
            self._world.rules.change(name, value)
        return self._rules()

    async def ledger(self, request: Request) -> Response:
        who = "slack" if request.query_params.get("slack") else request.query_params["customer"]
        return answered(waiting.ledger(self._world, who))

    async def calls(self, request: Request) -> Response:
        asked = request.query_params
        found = waiting.calls(
            self._world,
            platform=asked.get("platform", ""),
            method=asked.get("method", ""),
            after=int(asked.get("after") or 0),
        )
        return answered(found)

    async def wait(self, request: Request) -> Response:
        asked = request.query_params
        has, seconds = asked.get("has", ""), float(asked.get("timeout") or 10)
        try:
            if "customer" in asked:
                after = int(asked.get("after") or 0)
                found = await waiting.for_customer(
                    self._world, asked["customer"], has=has, after=after, seconds=seconds
                )
            else:
                found = await waiting.for_channel(
                    self._world,
                    asked["channel"],
                    has=has,
                    after=asked.get("after", ""),
                    seconds=seconds,
                )
        except (ValueError, KeyError) as error:
            return answered({"ok": False, "error": str(error)}, status=400)
        if found is None:
            return answered({"ok": False, "error": f"Nothing came with '{has}'."}, status=408)
        return answered(found)

    def _moved(self, offset: float) -> Json:
        self._world.clock.move_to(offset)
        self._world.clock.pushed = True
        self._world.telegram.updates.bell.ring()
        self._world.journal.tell("clock", offset_seconds=offset)
        return self._time()

    def _time(self) -> Json:
        clock = self._world.clock
        return {
            "now": clock.iso(),
            "offset_seconds": clock.offset_seconds,
            "changed": clock.changed,
        }

    def _rules(self) -> Json:
        rules = self._world.rules
        return {name: getattr(rules, name) for name in rules.__dataclass_fields__}

    async def _stream(self, after: int) -> AsyncIterator[str]:
        journal = self._world.journal
        yield "retry: 500\n\n"
        while not journal.closing:
            fresh = [event for event in journal.events if event["seq"] > after]
            for event in fresh:
                after = event["seq"]
                yield f"id: {after}\ndata: {json.dumps(event, ensure_ascii=False)}\n\n"
            if not fresh:
                yield ": still here\n\n"
                await journal.bell.wait(at_most=KEEP_ALIVE_SECONDS)
