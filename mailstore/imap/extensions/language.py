"""LANGUAGE, RFC 5255, section 3: in which language the server's texts are.

There is English, as ``en`` and as ``i-default``, the language of a server before one is agreed
(RFC 2277, section 4.5); the texts are the same. No namespace has a prefix, so there is nothing
of it to translate (section 3.4).
"""

from __future__ import annotations

from typing import Final

from mailstore.imap.registry import Command, Extension, State
from mailstore.imap.responses import Refused
from mailstore.imap.session import Session
from mailstore.imap.wire.cursor import Cursor

_LANGUAGES: Final = (b"i-default", b"en")
_PREFERRED: Final = b"en"


def _parse(cursor: Cursor) -> list[bytes]:
    """``language-cmd = "LANGUAGE" *(SP lang-range-quoted)``, which are astrings."""
    ranges = []
    while not cursor.at_end():
        cursor.space()
        ranges.append(cursor.astring())
    return ranges


async def _language(session: Session, ranges: list[bytes]) -> None:
    """A list of several languages says what there is, one of one says what is used now."""
    if not ranges:
        session.output.untagged(b"LANGUAGE (%s)" % b" ".join(_LANGUAGES))
        return
    found = next(filter(None, map(_look_up, ranges)), None)
    if found is None:
        raise Refused(b"There are no texts in these languages")
    session.output.untagged(b"LANGUAGE (%s)" % found)


def _look_up(language_range: bytes) -> bytes | None:
    """The language for a range, as RFC 4647, section 3.4, looks it up: ``en-GB`` finds ``en``."""
    wanted = language_range.lower()
    if wanted in (b"default", b"*"):
        return _PREFERRED
    return next(
        (each for each in _LANGUAGES if wanted == each or wanted.startswith(each + b"-")), None
    )


LANGUAGE = Command(b"LANGUAGE", State.ANY, _parse, _language)

EXTENSION = Extension(rfc=5255, title="LANGUAGE", capabilities=(b"LANGUAGE",), commands=(LANGUAGE,))
