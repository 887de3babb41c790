"""A small editor: talks to yaml-language-server over its standard input, as an editor does."""

from __future__ import annotations

import json
import subprocess
import threading
from pathlib import Path
from queue import Empty, Queue
from typing import Any, Self

HERE = Path(__file__).parent / "editors"
SERVER = HERE / "node_modules" / "yaml-language-server" / "bin" / "yaml-language-server"
_PATIENCE = 30.0
_SETTINGS = {
    "yaml": {"validate": True, "completion": True, "hover": True, "schemaStore": {"enable": False}}
}


class Editor:
    """One running server; `folder` is what has been opened."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._texts: dict[str, str] = {}
        self._heard: Queue[dict[str, Any]] = Queue()
        self._asked = 0
        self._process = subprocess.Popen(
            ["node", str(SERVER), "--stdio"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        self._listener = threading.Thread(target=self._listen, daemon=True)

    def __enter__(self) -> Self:
        self._listener.start()
        root = self._folder.as_uri()
        asked = {"processId": None, "rootUri": root, "capabilities": _CAPABILITIES}
        self._ask("initialize", asked)
        self._tell("initialized", {})
        self._tell("workspace/didChangeConfiguration", {"settings": _SETTINGS})
        return self

    def __exit__(self, *_: object) -> None:
        self._ask("shutdown", None)
        self._tell("exit", None)
        self._process.wait(timeout=_PATIENCE)
        self._listener.join(timeout=_PATIENCE)
        for pipe in (self._process.stdin, self._process.stdout):
            assert pipe is not None
            pipe.close()

    def open(self, file: str, text: str) -> list[str]:
        """What is underlined, as "line: message"; lines begin at 1."""
        uri = (self._folder / file).as_uri()
        self._texts[uri] = text
        document = {"uri": uri, "languageId": "yaml", "version": 1, "text": text}
        self._tell("textDocument/didOpen", {"textDocument": document})
        said = self._await(lambda heard: heard.get("params", {}).get("uri") == uri)
        return [
            f"{found['range']['start']['line'] + 1}: {found['message']}"
            for found in said["params"]["diagnostics"]
        ]

    def offered(self, file: str, text: str) -> list[str]:
        """What is offered where `|` stands in the text."""
        before, _, after = text.partition("|")
        self.open(file, before + after)
        found = self._ask("textDocument/completion", self._position(file, before))
        items = found["items"] if isinstance(found, dict) else found
        return [item["label"] for item in items]

    def explained(self, file: str, text: str) -> str:
        """What is shown while the mouse rests where `|` stands."""
        before, _, after = text.partition("|")
        self.open(file, before + after)
        found = self._ask("textDocument/hover", self._position(file, before))
        return str(found["contents"]["value"])

    def _position(self, file: str, before: str) -> dict[str, Any]:
        line, character = before.count("\n"), len(before) - (before.rfind("\n") + 1)
        return {
            "textDocument": {"uri": (self._folder / file).as_uri()},
            "position": {"line": line, "character": character},
        }

    def _ask(self, method: str, params: Any) -> Any:
        self._asked += 1
        number = self._asked
        self._send({"id": number, "method": method, "params": params})
        answer = self._await(lambda heard: heard.get("id") == number and "method" not in heard)
        assert "error" not in answer, answer
        return answer["result"]

    def _tell(self, method: str, params: Any) -> None:
        self._send({"method": method, "params": params})

    def _send(self, message: dict[str, Any]) -> None:
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        assert self._process.stdin is not None
        self._process.stdin.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
        self._process.stdin.flush()

    def _await(self, wanted: Any) -> dict[str, Any]:
        while True:
            try:
                heard = self._heard.get(timeout=_PATIENCE)
            except Empty:
                raise AssertionError("yaml-language-server says nothing") from None
            if wanted(heard):
                return heard
            if "method" in heard and "id" in heard:
                self._send({"id": heard["id"], "result": None})

    def _listen(self) -> None:
        assert self._process.stdout is not None
        while header := self._process.stdout.readline():
            if not header.lower().startswith(b"content-length:"):
                continue
            while self._process.stdout.readline().strip():
                pass
            body = self._process.stdout.read(int(header.split(b":")[1]))
            self._heard.put(json.loads(body))


_CAPABILITIES = {
    "textDocument": {
        "publishDiagnostics": {},
        "completion": {"completionItem": {"snippetSupport": True}},
        "hover": {"contentFormat": ["markdown", "plaintext"]},
    }
}
