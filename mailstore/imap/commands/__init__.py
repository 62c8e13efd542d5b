"""The commands of IMAP4rev1, RFC 3501, a file for each or for a few of a kind."""

from __future__ import annotations

from typing import Final

from mailstore.imap.commands import (
    append,
    authenticate,
    capability,
    close,
    copy,
    create,
    delete,
    expunge,
    fetch,
    list,  # noqa: A004  (the name of the command)
    login,
    logout,
    noop,
    rename,
    search,
    select,
    status,
    store,
    subscribe,
)
from mailstore.imap.registry import Extension

IMAP4REV1: Final = Extension(
    rfc=3501,
    title="IMAP4rev1",
    capabilities=(b"IMAP4rev1",),
    commands=(
        *capability.COMMANDS,
        *noop.COMMANDS,
        *logout.COMMANDS,
        *authenticate.COMMANDS,
        *login.COMMANDS,
        *select.COMMANDS,
        *create.COMMANDS,
        *delete.COMMANDS,
        *rename.COMMANDS,
        *subscribe.COMMANDS,
        *list.COMMANDS,
        *status.COMMANDS,
        *append.COMMANDS,
        *close.COMMANDS,
        *expunge.COMMANDS,
        *fetch.COMMANDS,
        *search.COMMANDS,
        *store.COMMANDS,
        *copy.COMMANDS,
    ),
    fetch_items=fetch.FETCH_ITEMS,
    search_keys=search.SEARCH_KEYS,
    status_items=status.STATUS_ITEMS,
)

REV1_ONLY: Final = Extension(
    rfc=3501,
    title="What IMAP4rev2 left out",
    commands=(noop.CHECK,),
    search_keys=search.RECENT_KEYS,
    status_items=(status.RECENT,),
    rev1_only=True,
)
