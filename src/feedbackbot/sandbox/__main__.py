"""`python -m feedbackbot.sandbox`: the sandbox alone, on this machine only."""

from __future__ import annotations

import argparse
import json
import socket
import sys

from feedbackbot.sandbox.serving import SandboxServer

LOOPBACK = ("127.0.0.1", "localhost", "::1")


def main() -> None:
    """Listen, say where in one line of JSON, and serve until told to stop."""
    asked = _arguments()
    if asked.host not in LOOPBACK:
        sys.exit("The sandbox opens without a password and so listens on this machine only.")
    family = socket.AF_INET6 if ":" in asked.host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((asked.host, asked.port))
        listener.listen(128)
        host = f"[{asked.host}]" if ":" in asked.host else asked.host
        server = SandboxServer()
        sys.stdout.write(json.dumps({"url": f"http://{host}:{listener.getsockname()[1]}"}) + "\n")
        sys.stdout.flush()
        server.run(sockets=[listener])


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m feedbackbot.sandbox", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0 takes any free one")
    parser.add_argument("--host", default="127.0.0.1")
    return parser.parse_args()


if __name__ == "__main__":
    main()
