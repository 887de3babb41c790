"""files.*: the three steps of an upload, and private addresses that want the bot's token."""

from __future__ import annotations

from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from feedbackbot.sandbox.credentials import SLACK_BOT_TOKEN, SLACK_BOT_USER
from feedbackbot.sandbox.slack_args import Args
from feedbackbot.sandbox.slack_chat import BOT, Chat
from feedbackbot.sandbox.slack_posts import Posts
from feedbackbot.sandbox.slack_state import Post, SlackFile, SlackRefusalError, SlackState
from feedbackbot.sandbox.wire import Json, Upload

_SIGN_IN = b"<!DOCTYPE html><html><head><title>Sign in | Slack</title></head><body></body></html>"
_KINDS = {
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "png": "image/png",
    "pdf": "application/pdf",
    "oga": "audio/ogg",
    "ogg": "audio/ogg",
    "mp4": "video/mp4",
}


class Files:
    def __init__(self, state: SlackState, posts: Posts, chat: Chat) -> None:
        self._state = state
        self._posts = posts
        self._chat = chat

    def get_upload_url(self, args: Args) -> Json:
        name = args.required("filename")
        args.required("length")
        length = args.integer("length", 0)
        if length <= 0:
            raise SlackRefusalError(
                "invalid_arguments", "must be more than 0 [json-pointer:/length]"
            )
        file = self.keep(Upload(name=name, mime=_mime(name), data=b""), user=SLACK_BOT_USER)
        return {
            "ok": True,
            "upload_url": f"{self._state.origin}/slack/upload/{file.id}",
            "file_id": file.id,
        }

    async def upload(self, request: Request) -> Response:
        """The second step: the bytes, bare or as a form."""
        file = self._state.files.get(request.path_params["id"])
        if file is None or file.is_complete:
            return PlainTextResponse("Invalid upload URL", status_code=404)
        data = await _sent(request)
        mime = file.upload.mime
        file.upload = Upload(name=file.upload.name, mime=mime, data=data)
        return PlainTextResponse(f"OK - {len(data)}")

    def complete_upload(self, args: Args) -> Json:
        wanted = args.parsed("files")
        if not isinstance(wanted, list) or not wanted:
            raise SlackRefusalError("invalid_arguments", "missing required field: files")
        files = [self._finished(one) for one in wanted]
        shown = [self.file_json(file) for file in files]
        if args.text("channel_id"):
            self._share(args, files)
        return {"ok": True, "files": shown}

    def info(self, args: Args) -> Json:
        file = self._state.files.get(args.required("file"))
        if file is None or not file.is_complete:
            raise SlackRefusalError("file_not_found")
        return {"ok": True, "file": self.file_json(file)}

    def delete(self, args: Args) -> Json:
        """A tombstone stays where the file was shown; only whoever brought a file may delete it."""
        file = self._state.files.get(args.required("file"))
        if file is None:
            raise SlackRefusalError("file_not_found")
        if file.user != SLACK_BOT_USER:
            raise SlackRefusalError("cant_delete_file")
        del self._state.files[file.id]
        for channel in self._state.channels.values():
            for post in channel.posts.values():
                if any(one["id"] == file.id for one in post.wire.get("files", [])):
                    self._bury(post, file.id)
        return {"ok": True}

    async def download(self, request: Request) -> Response:
        """Without the token there is a page to sign in, and it says 200, as Slack's does."""
        if request.headers.get("authorization") != f"Bearer {SLACK_BOT_TOKEN}":
            return Response(_SIGN_IN, media_type="text/html")
        file = self._state.files.get(request.path_params["id"])
        if file is None:
            return PlainTextResponse("Not found", status_code=404)
        return Response(file.upload.data, media_type=file.upload.mime)

    def keep(self, upload: Upload, *, user: str, complete: bool = False) -> SlackFile:
        file = SlackFile(
            id=self._state.new_id("F"),
            upload=upload,
            user=user,
            created=self._state.clock.date(),
            title=upload.name,
            is_complete=complete,
        )
        self._state.files[file.id] = file
        return file

    def file_json(self, file: SlackFile) -> Json:
        address = f"{self._state.origin}/slack/files/{file.id}/{file.upload.name}"
        return {
            "id": file.id,
            "created": file.created,
            "timestamp": file.created,
            "name": file.upload.name,
            "title": file.title,
            "mimetype": file.upload.mime,
            "filetype": file.upload.name.rpartition(".")[2],
            "user": file.user,
            "mode": "hosted",
            "size": len(file.upload.data),
            "is_external": False,
            "url_private": address,
            "url_private_download": address,
            "permalink": address,
            "channels": file.channels,
        }

    def _bury(self, post: Post, file_id: str) -> None:
        post.wire["files"] = [
            {"id": file_id, "mode": "tombstone"} if one["id"] == file_id else one
            for one in post.wire["files"]
        ]
        self._state.journal.tell("slack.updated", channel=post.channel, ts=post.ts)
        self._state.journal.saw("slack", "file deleted", channel=post.channel, ts=post.ts)

    def _finished(self, wanted: Json) -> SlackFile:
        file = self._state.files.get(str(wanted.get("id")))
        if file is None or not file.upload.data:
            raise SlackRefusalError("file_not_found")
        file.is_complete = True
        file.title = str(wanted.get("title") or file.upload.name)
        return file

    def _share(self, args: Args, files: list[SlackFile]) -> None:
        channel = self._chat.channel(args, "channel_id")
        if SLACK_BOT_USER not in channel.members:
            raise SlackRefusalError("not_in_channel")
        for file in files:
            file.channels.append(channel.id)
        content = {
            **BOT,
            "subtype": "file_share",
            "text": args.text("initial_comment"),
            "files": [self.file_json(file) for file in files],
        }
        self._posts.add(channel, content, thread_ts=args.text("thread_ts"))


async def _sent(request: Request) -> bytes:
    if not request.headers.get("content-type", "").startswith("multipart/form-data"):
        return await request.body()
    async with request.form() as form:
        for value in form.values():
            if isinstance(value, UploadFile):
                return await value.read()
    return b""


def _mime(name: str) -> str:
    return _KINDS.get(name.rpartition(".")[2].lower(), "application/octet-stream")
