"""What a turn decided about invitations, and about asking again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


@dataclass(frozen=True, slots=True, kw_only=True)
class InvitationAccepted:
    """The link was opened and the welcome shown; asked at `due_at` (None: when the day becomes known)."""

    invitation_id: int
    due_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class InvitationDeferred:
    invitation_id: int
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class InvitationQueued:
    """Another purchase is being talked about; this one comes afterwards."""

    invitation_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class InvitationDeclined:
    invitation_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TieCut:
    """Not their order: the invitation no longer belongs to this chat."""

    invitation_id: int


class Permission(StrEnum):
    #: not asked yet
    UNASKED = "unasked"
    #: after every purchase
    EACH = "each"
    #: twice a year at most
    SOMETIMES = "sometimes"
    NO = "no"


@dataclass(frozen=True, slots=True, kw_only=True)
class PermissionGiven:
    """Whether the next purchase may be asked about without a new link."""

    permission: Permission
