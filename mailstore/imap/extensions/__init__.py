"""Everything the server speaks, in the order in which CAPABILITY lists it."""

from __future__ import annotations

from typing import Final

from mailstore.imap.commands import IMAP4REV1
from mailstore.imap.extensions import (
    append_limit,
    authentication,
    children,
    compress,
    condstore,
    enable,
    esearch,
    id,  # noqa: A004  (the name of the command)
    idle,
    in_progress,
    list_extended,
    list_status,
    literal_plus,
    move,
    multiappend,
    namespace,
    quota,
    special_use,
    starttls,
    status_size,
    uidplus,
    unauthenticate,
    unselect,
    within,
    xlist,
)
from mailstore.imap.registry import Extension

EXTENSIONS: Final[tuple[Extension, ...]] = (
    IMAP4REV1,
    starttls.EXTENSION,
    authentication.LOGIN_DISABLED,
    authentication.MECHANISMS,
    authentication.SASL_IR,
    literal_plus.EXTENSION,
    compress.EXTENSION,
    id.EXTENSION,
    enable.EXTENSION,
    idle.EXTENSION,
    namespace.EXTENSION,
    children.EXTENSION,
    unselect.EXTENSION,
    uidplus.EXTENSION,
    move.EXTENSION,
    multiappend.EXTENSION,
    append_limit.EXTENSION,
    condstore.EXTENSION,
    esearch.EXTENSION,
    within.EXTENSION,
    list_extended.EXTENSION,
    list_status.EXTENSION,
    special_use.EXTENSION,
    status_size.EXTENSION,
    quota.EXTENSION,
    quota.QUOTASET,
    in_progress.EXTENSION,
    unauthenticate.EXTENSION,
    xlist.EXTENSION,
)
