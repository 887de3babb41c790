"""What a turn decided about invitations, and about asking again."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from msgspec import Struct


class InvitationAccepted(Struct, frozen=True, kw_only=True):
    """The link was opened and the welcome shown; asked at `due_at` (None: when the day becomes known)."""

    invitation_id: int
    due_at: datetime | None


class InvitationDeferred(Struct, frozen=True, kw_only=True):
    invitation_id: int
    until: datetime


class InvitationQueued(Struct, frozen=True, kw_only=True):
    """Another purchase is being talked about; this one comes afterwards."""

    invitation_id: int


class InvitationDeclined(Struct, frozen=True, kw_only=True):
    invitation_id: int


class TieCut(Struct, frozen=True, kw_only=True):
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


class PermissionGiven(Struct, frozen=True, kw_only=True):
    """Whether the next purchase may be asked about without a new link."""

    permission: Permission
