"""A cable between the bot and whatever it talks to, which a test may cut, slow down, or let swallow everything."""

from __future__ import annotations

import contextlib
import selectors
import socket
import threading
import time
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit


class Wire:
    """Stands in front of whatever `connect` leads to; whole until it is told otherwise."""

    def __init__(self, connect: Callable[[], socket.socket]) -> None:
        self._connect = connect
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._pairs: list[tuple[socket.socket, socket.socket]] = []
        self._lock = threading.Lock()
        self._whole = threading.Event()
        self._whole.set()
        self.delay_seconds = 0.0
        self._is_cut = False
        self._closed = False
        self._unanswered: bytes | None = None
        self._listen()

    def in_front_of(self, url: str) -> str:
        """The same address by way of this wire."""
        parts = urlsplit(url)
        return parts._replace(netloc=f"127.0.0.1:{self.port}").geturl()

    def swallow(self) -> None:
        """Packets are dropped in both directions; connections stand and nothing comes."""
        self._whole.clear()

    def lose_answer_to(self, words: bytes) -> None:
        """What comes next with these words arrives; its answer is lost, and the connection with it."""
        self._unanswered = words

    def cut(self) -> None:
        """Connections break, and new ones are refused."""
        if not self._is_cut:
            self._is_cut = True
            _end(self._listener)
            # bound and not listening: the port stays ours, and whoever comes is refused by the system itself
            self._listener = socket.socket()
            self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            self._listener.bind(("127.0.0.1", self.port))
        with self._lock:
            for one in (end for pair in self._pairs for end in pair):
                _end(one)
            self._pairs.clear()

    def mend(self) -> None:
        if self._is_cut:
            self._is_cut = False
            self._listener.listen()
            self._listen()
        self._whole.set()

    def close(self) -> None:
        self._closed = True
        self.cut()
        self._whole.set()
        _end(self._listener)

    def _listen(self) -> None:
        threading.Thread(target=self._accept, args=(self._listener,), daemon=True).start()

    def _accept(self, listener: socket.socket) -> None:
        while not self._closed:
            try:
                near, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(near,), daemon=True).start()

    def _serve(self, near: socket.socket) -> None:
        try:
            far = self._connect()
        except OSError:
            near.close()
            return
        with self._lock:
            self._pairs.append((near, far))
        with contextlib.suppress(OSError, ValueError):
            self._carry(near, far)
        _end(near)
        _end(far)

    def _carry(self, near: socket.socket, far: socket.socket) -> None:
        with selectors.DefaultSelector() as ready:
            ready.register(near, selectors.EVENT_READ, far)
            ready.register(far, selectors.EVENT_READ, near)
            while True:
                for key, _ in ready.select():
                    data = key.fileobj.recv(1 << 16)  # type: ignore[union-attr]
                    self._whole.wait()
                    time.sleep(self.delay_seconds)
                    if not data:
                        return
                    key.data.sendall(data)
                    if self._unanswered and self._unanswered in data and key.fileobj is near:
                        self._unanswered = None
                        far.recv(1 << 16)
                        return


def wire(url: str) -> contextlib.AbstractContextManager[Wire]:
    parts = urlsplit(url)
    return _laid(lambda: socket.create_connection((parts.hostname or "", parts.port or 0)))


def wire_to_file(path: str) -> contextlib.AbstractContextManager[Wire]:
    """To a server that listens at a place in the file system."""

    def connect() -> socket.socket:
        far = socket.socket(socket.AF_UNIX)
        far.connect(path)
        return far

    return _laid(connect)


@contextlib.contextmanager
def _laid(connect: Callable[[], socket.socket]) -> Iterator[Wire]:
    laid = Wire(connect)
    try:
        yield laid
    finally:
        laid.close()


def _end(one: socket.socket) -> None:
    with contextlib.suppress(OSError):
        one.shutdown(socket.SHUT_RDWR)
    one.close()
