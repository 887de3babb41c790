"""Purchases from a CSV file as shops export them; safe to run again, and nothing that was refused is lost."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import batched
from pathlib import Path
from typing import Final

from feedbackbot.errors import PurchaseRefused
from feedbackbot.house import House
from feedbackbot.incoming_purchase import IncomingPurchase
from feedbackbot.models.database import Database
from feedbackbot.publishing import safe_cell
from feedbackbot.purchasing import RecordedPurchase, record_all
from feedbackbot.shops.columns import Columns

Clock = Callable[[], datetime]
Progress = Callable[[int, int], None]

#: rows a transaction; a kill loses at most the one that is running
_BATCH: Final = 500
