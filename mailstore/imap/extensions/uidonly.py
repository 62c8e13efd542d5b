"""UIDONLY, RFC 9586: a client that has enabled it never names or hears a message number.

Answers are ``* uid UIDFETCH`` and ``* VANISHED``; they are written where FETCH and EXPUNGE are.
Commands with message numbers are refused in :mod:`mailstore.imap.dispatch`, numbers within other
commands by :class:`~mailstore.imap.view.View`, with BAD [UIDREQUIRED].

Quirk (Microsoft's cloud, 2025): it enables the extension wherever it is announced and then
sends message numbers. So there is a setting, and it is off; ENABLE then ignores the name.
"""

from __future__ import annotations

from mailstore.imap.registry import Extension
from mailstore.imap.session import Session


def _offered(session: Session) -> bool:
    return session.offers.uid_only


def _enable(session: Session) -> None:
    if _offered(session):
        session.enable_uid_only()


EXTENSION = Extension(
    rfc=9586,
    title="UIDONLY",
    capabilities=(b"UIDONLY",),
    offered=_offered,
    enables=((b"UIDONLY", _enable),),
)
