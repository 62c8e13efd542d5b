"""APPENDLIMIT, RFC 7889: how large a message may be, told before it is sent."""

from __future__ import annotations

from mailstore.imap.registry import Extension, StatusItem
from mailstore.imap.session import Session


def _capability(session: Session) -> bytes:
    return b"APPENDLIMIT=%d" % session.limits.append


EXTENSION = Extension(
    rfc=7889,
    title="APPENDLIMIT",
    capabilities=(_capability,),
    status_items=(StatusItem(b"APPENDLIMIT", lambda session, _: b"%d" % session.limits.append),),
)
