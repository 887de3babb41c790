"""response_url: a click may be answered there five times within half an hour."""

from __future__ import annotations

from feedbackbot.sandbox.credentials import SLACK_BOT_USER
from feedbackbot.sandbox.slack_args import Args
from feedbackbot.sandbox.slack_chat import BOT, Chat
from feedbackbot.sandbox.slack_posts import Posts
from feedbackbot.sandbox.slack_state import Post, ResponseUrl, SlackRefusalError, SlackState

LIVES_SECONDS = 1800.0


def new_response_url(
    state: SlackState, *, channel: str, user: str, post: Post | None = None
) -> str:
    """An address for one click or command."""
    key = state.new_id("R")
    state.response_urls[key] = ResponseUrl(
        channel=channel,
        ts=post.ts if post else "",
        user=user,
        thread_ts=post.wire.get("thread_ts") if post else None,
        until=state.clock.now() + LIVES_SECONDS,
    )
    return f"{state.origin}/slack/response/{key}"


def answer_response_url(state: SlackState, posts: Posts, chat: Chat, key: str, args: Args) -> None:
    place = state.response_urls.get(key)
    if place is None or place.until < state.clock.now():
        raise SlackRefusalError("expired_url")
    if place.left <= 0:
        raise SlackRefusalError("used_url")
    place.left -= 1
    channel = state.channels[place.channel]
    post = channel.posts.get(place.ts)
    if args.flag("delete_original") and post:
        posts.remove(post, by=SLACK_BOT_USER)
        return
    content = chat.content(args)
    if args.flag("replace_original") and post:
        parts = {"text": content["text"], "blocks": content.get("blocks")}
        posts.change(post, parts, editor=SLACK_BOT_USER)
        return
    thread_ts = args.text("thread_ts") or (place.thread_ts or "")
    if args.text("response_type") == "in_channel":
        posts.add(channel, {**BOT, **content}, thread_ts=thread_ts)
        return
    threaded = {"thread_ts": thread_ts} if thread_ts else {}
    posts.add_ephemeral(channel, place.user, {**BOT, **content, **threaded})
