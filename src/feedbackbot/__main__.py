"""`feedbackbot` and `python -m feedbackbot`: a known problem is a sentence, not a traceback."""

from __future__ import annotations

import sys

from feedbackbot.cli import app
from feedbackbot.errors import FeedbackbotError


def main() -> None:
    try:
        app()
    except FeedbackbotError as problem:
        sys.stderr.write(f"{problem}\n")
        sys.exit(1)


if __name__ == "__main__":
    main()
