"""LIST-EXTENDED, RFC 5258: the options of the RFC itself.

The syntax is that of :mod:`mailstore.imap.commands.list`.
"""

from __future__ import annotations

from mailstore.imap.hierarchy import ListedName
from mailstore.imap.registry import Extension, ListReturn, ListSelection


def _subscribed(listed: ListedName) -> bytes | None:
    return b"\\Subscribed" if listed.subscribed else None


EXTENSION = Extension(
    rfc=5258,
    title="LIST-EXTENDED",
    capabilities=(b"LIST-EXTENDED",),
    list_selections=(
        ListSelection(
            b"SUBSCRIBED",
            selects=lambda listed: listed.subscribed,
            show=_subscribed,
            subscriptions=True,
        ),
        # There are no mailboxes on other servers, so asking for them too changes nothing.
        ListSelection(b"REMOTE"),
        ListSelection(b"RECURSIVEMATCH", recursive=True),
    ),
    list_returns=(
        ListReturn(b"SUBSCRIBED", show=_subscribed, subscriptions=True),
        # \HasChildren and \HasNoChildren are shown in any case.
        ListReturn(b"CHILDREN"),
    ),
)
