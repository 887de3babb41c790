"""The fallback alarm: one sentence to an address that chat programs, pagers and mail gateways understand."""

from __future__ import annotations

import aiohttp

from feedbackbot.errors import NotSent

_TIMEOUT = aiohttp.ClientTimeout(total=10)


async def post_alarm(url: str, text: str) -> None:
    """`{"text": …}`, as incoming webhooks take it; the address is a secret and stands in no error."""
    try:
        async with (
            aiohttp.ClientSession(timeout=_TIMEOUT, trust_env=True) as session,
            session.post(url, json={"text": text}) as answer,
        ):
            if answer.status >= 300:
                raise NotSent(f"The alarm address answered {answer.status}.")
    except (TimeoutError, aiohttp.ClientError, OSError) as error:
        raise NotSent(f"The alarm address can't be reached ({type(error).__name__}).") from error
