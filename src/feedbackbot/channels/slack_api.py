"""Calls Slack's Web API once, and says truly what became of the call."""

from __future__ import annotations

from typing import Any

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from feedbackbot.channels.slack_manifest import METHODS
from feedbackbot.errors import (
    ChannelBusy,
    DeliveryError,
    MaybeSent,
    NotSent,
    PlaceClosed,
    PlatformAway,
    TokenRefused,
)

_TIMEOUT = aiohttp.ClientTimeout(total=15, connect=5)
#: 20 MB by a line that takes three megabits a second; the channel waits meanwhile
_UPLOAD = aiohttp.ClientTimeout(total=60, connect=5)
#: methods that Slack wants as a query or a form
_READS = {"users.info", "conversations.info", "conversations.history", "conversations.replies"}
_FORMS = {"files.getUploadURLExternal"}
#: what the house's people can mend: the message waits for it
_MENDABLE = {
    "not_in_channel": "Invite the bot to the channel {channel}: /invite @feedbackbot.",
    "channel_not_found": "Slack knows no channel {channel}. Check the channel's id in the settings, and invite the bot if the channel is private.",
    "is_archived": "The channel {channel} is archived. Unarchive it, or name another in the settings.",
    "invalid_auth": "Slack does not accept SLACK_BOT_TOKEN. Copy it again from the app's page, OAuth & Permissions.",
    "not_authed": "SLACK_BOT_TOKEN is empty.",
    "account_inactive": "The Slack app is no longer installed. Install it again and renew SLACK_BOT_TOKEN.",
    "token_revoked": "SLACK_BOT_TOKEN was revoked. Install the app again and renew it.",
    "token_expired": "SLACK_BOT_TOKEN has expired. Turn token rotation off, and install the app again.",
    "missing_scope": "The Slack app lacks the scope {needed}. Compare it with `feedbackbot slack manifest`, and install it again.",
    "not_allowed_token_type": "This Slack token is of the wrong type: SLACK_BOT_TOKEN begins with xoxb-, SLACK_APP_TOKEN with xapp-.",
    "restricted_action": "The channel {channel} lets only some people post. Allow the bot to post there.",
    "restricted_action_read_only_channel": "The channel {channel} can only be read. Allow the bot to post there, or name another in the settings.",
    "restricted_action_thread_only_channel": "The channel {channel} takes answers in threads only, and a card begins one. Allow the bot to post there, or name another in the settings.",
    "restricted_action_non_threadable_channel": "The channel {channel} takes no threads, and what belongs to a card stands in one. Allow threads there.",
    "restricted_action_thread_locked": "A thread in the channel {channel} was locked by an administrator. Have it unlocked: words of a customer wait for it.",
    "thread_locked": "A thread in the channel {channel} was locked by an administrator. Have it unlocked: words of a customer wait for it.",
    "no_permission": "The Slack app may not post in the channel {channel}. Invite the bot there: /invite @feedbackbot.",
    "access_denied": "Slack denies the app the channel {channel}. Ask an administrator of the workspace to allow it there.",
    "ekm_access_denied": "The workspace's administrators have suspended access for apps. Ask them to allow it again.",
    "org_login_required": "The workspace is being moved to another organisation. Slack takes posts again when that is done.",
    "team_access_not_granted": "The Slack app may no longer act in this workspace. Ask an administrator to allow it, and install it again.",
    "team_not_found": "Slack knows no such workspace for SLACK_BOT_TOKEN. Install the app again and renew the token.",
    "enterprise_is_restricted": "The organisation's administrators don't let the Slack app in. Ask them to allow it.",
    "app_access_restricted": "The workspace's administrators don't let the Slack app in. Ask them to allow it.",
    "two_factor_setup_required": "The workspace asks for two-factor sign-in of whoever installed the Slack app. Set it up for that account.",
}
_ABOUT_TOKEN = {"invalid_auth", "not_authed", "account_inactive", "token_revoked", "token_expired"}
#: with more words behind it, Slack's name for whatever a channel's own settings forbid
_RESTRICTED = "restricted_action"
_ABOUT_PLACE = {
    "not_in_channel",
    "channel_not_found",
    "is_archived",
    "thread_locked",
    "no_permission",
    "access_denied",
    *(code for code in _MENDABLE if code.startswith(_RESTRICTED)),
}
#: about one method alone; the others go on
_ABOUT_METHOD = "missing_scope"
_LATER = {
    "service_unavailable",
    "request_timeout",
    "accesslimited",
    "team_added_to_org",
    "external_channel_migrating",
    "message_limit_exceeded",
    "rate_limited",
}
#: Slack says of these that part of it may have happened
_UNSURE = {"internal_error", "fatal_error"}


def how_to_mend(code: str, *, channel: str = "", needed: str = "") -> str | None:
    """The sentence for what the house's people can put right; None for everything else."""
    words = _MENDABLE.get(code)
    return words and words.format(channel=channel, needed=needed)


class SlackRefusal(DeliveryError):
    """Slack understood the call and said no; `code` is Slack's word for why."""

    def __init__(self, code: str, method: str, details: list[str]) -> None:
        more = f" ({'; '.join(details)})" if details else ""
        super().__init__(f"Slack refused {method}: {code}{more}.")
        self.code = code


class SlackApi:
    """One workspace's Web API; never repeats a call by itself."""

    def __init__(self, token: str, api_url: str) -> None:
        self.token = token
        self.client = AsyncWebClient(token=token, base_url=api_url, retry_handlers=[])
        #: Slack channel, method, or "" for Slack as a whole -> why nothing can be sent that way at present
        self._troubles: dict[str, str] = {}

    @property
    def trouble(self) -> str | None:
        """For health reports."""
        return next(iter(self._troubles.values()), None)

    async def call(self, method: str, *, may_repeat: bool = True, **params: Any) -> dict[str, Any]:
        """`may_repeat`: doing it twice does no harm, so that an unknown outcome counts as not done."""
        if method not in METHODS:
            raise DeliveryError(f"The manifest does not list {method}.")
        given = {name: value for name, value in params.items() if value is not None}
        try:
            answer = await self.client.api_call(method, **_shaped(method, given))
        except SlackApiError as error:
            raise self._judge(error, method, given, may_repeat=may_repeat) from error
        except aiohttp.ClientConnectorError as error:
            raise self._away("Slack could not be reached.") from error
        except (TimeoutError, aiohttp.ClientError, OSError) as error:
            raise self._unsure("Slack did not answer.", may_repeat=may_repeat) from error
        for part in ("", method, _place(given)):
            self._troubles.pop(part, None)
        return dict(answer.data) if isinstance(answer.data, dict) else {}

    async def upload(self, url: str, content: bytes) -> None:
        """The bytes of a file; nobody sees them before the upload is completed."""
        try:
            async with self._session().post(
                url, data=content, proxy=self.client.proxy, timeout=_UPLOAD
            ) as answer:
                if answer.status != 200:
                    raise NotSent(f"Slack did not take the file: {answer.status}.")
        except (TimeoutError, aiohttp.ClientError, OSError) as error:
            raise NotSent("Slack could not be reached.") from error

    async def open(self) -> None:
        """Keep connections open between calls; must be called inside the running loop."""
        self._session()

    async def close(self) -> None:
        if self.client.session is not None:
            await self.client.session.close()

    def _session(self) -> aiohttp.ClientSession:
        if self.client.session is None or self.client.session.closed:
            self.client.session = aiohttp.ClientSession(timeout=_TIMEOUT)
        return self.client.session

    def _judge(
        self, error: SlackApiError, method: str, params: dict[str, Any], *, may_repeat: bool
    ) -> DeliveryError:
        status, code, data = _answer_of(error)
        if status == 429 or code == "ratelimited":
            return ChannelBusy(_retry_after(error))
        if (known := _known(code)) in _MENDABLE:
            needed = str(data.get("needed", ""))
            return self._mendable(known, method, _place(params), needed=needed)
        if code in _LATER or status == 503:
            return self._away(f"Slack is not available now ({code or status}).")
        if not code or code in _UNSURE or status >= 500:
            return self._unsure(f"Slack stumbled ({code or status}).", may_repeat=may_repeat)
        messages = (data.get("response_metadata") or {}).get("messages") or []
        return SlackRefusal(code, method, [str(one) for one in messages])

    def _mendable(self, code: str, method: str, place: str, *, needed: str) -> DeliveryError:
        """What is about the whole workspace may hold for one method only, so that method tells when it is over."""
        remedy = _MENDABLE[code].format(channel=place, needed=needed)
        if code in _ABOUT_TOKEN:
            self._troubles[""] = remedy
            return TokenRefused(remedy)
        if code in _ABOUT_PLACE:
            self._troubles[place] = remedy
            return PlaceClosed(remedy)
        self._troubles[method] = remedy
        return NotSent(remedy) if code == _ABOUT_METHOD else PlatformAway(remedy)

    def _away(self, message: str) -> DeliveryError:
        self._troubles[""] = message
        return PlatformAway(message)

    def _unsure(self, message: str, *, may_repeat: bool) -> DeliveryError:
        return self._away(message) if may_repeat else MaybeSent(message)


def _known(code: str) -> str:
    """Slack adds kinds of restrictions; what is to be done about them is the same."""
    is_new = code.startswith(_RESTRICTED) and code not in _MENDABLE
    return _RESTRICTED if is_new else code


def _shaped(method: str, params: dict[str, Any]) -> dict[str, Any]:
    if method in _READS:
        return {"http_verb": "GET", "params": params}
    if method in _FORMS:
        return {"data": params}
    return {"json": params}


def _answer_of(error: SlackApiError) -> tuple[int, str, dict[str, Any]]:
    answer = error.response
    status = getattr(answer, "status_code", None) or getattr(answer, "status", 0)
    data = getattr(answer, "data", None)
    known = data if isinstance(data, dict) else {}
    return int(status or 0), str(known.get("error") or ""), known


def _retry_after(error: SlackApiError) -> float:
    headers = getattr(error.response, "headers", {})
    found = {name.lower(): value for name, value in headers.items()}
    try:
        return max(float(found.get("retry-after", "1")), 0.1)
    except ValueError:
        return 1.0


def _place(params: dict[str, Any]) -> str:
    return str(params.get("channel") or params.get("channel_id") or "")
