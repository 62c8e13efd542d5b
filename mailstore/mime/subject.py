"""What is left of a subject without the marks of replies and forwards (RFC 5256, section 2.1)."""

import re
from typing import NamedTuple

__all__ = ["BaseSubject", "base_subject"]

_SPACES = re.compile(r"[ \t\r\n]+")
_REFWD = re.compile(r"(?:re|fwd?) *+(?:\[[^\[\]]*+\] *+)?+:", re.IGNORECASE | re.ASCII)
"""``subj-refwd = ("re" / ("fw" ["d"])) *WSP [subj-blob] ":"``."""
_BLOBS = re.compile(r"(?:\[[^\[\]]*+\] *+)++")
"""``1*subj-blob``; ``subj-blob = "[" *BLOBCHAR "]" *WSP``."""
_FORWARDED = "(fwd)"
_FORWARD_START = "[fwd:"


class BaseSubject(NamedTuple):
    """``marked`` says that it was the subject of a reply or a forward.

    A ``subj-refwd``, a ``(fwd)`` at its end, or ``[fwd: ... ]`` around it was removed.
    """

    text: str
    marked: bool


def base_subject(subject: str) -> BaseSubject:
    """Return the base subject of a decoded one. Linear, however deep forwards are nested."""
    text = _SPACES.sub(" ", subject)
    start, end, marked = 0, len(text), False
    while True:
        end, forwarded = _without_trailers(text, start, end)
        start, replied = _without_leaders(text, start, end)
        marked = marked or forwarded or replied
        if not _is_forward(text, start, end):
            return BaseSubject(text[start:end], marked)
        start, end, marked = start + len(_FORWARD_START), end - 1, True


def _without_trailers(text: str, start: int, end: int) -> tuple[int, bool]:
    """Step 2: ``*subj-trailer``, ``subj-trailer = "(fwd)" / WSP``, ends before this."""
    forwarded = False
    while end > start:
        if text[end - 1] == " ":
            end -= 1
        elif text[max(end - len(_FORWARDED), start) : end].lower() == _FORWARDED:
            end -= len(_FORWARDED)
            forwarded = True
        else:
            break
    return end, forwarded


def _without_leaders(text: str, start: int, end: int) -> tuple[int, bool]:
    """Steps 3 to 5: ``subj-leader = (*subj-blob subj-refwd) / WSP``, and blobs before a base.

    Blobs in a row that no ``subj-refwd`` follows are looked at once: each of them is removed
    as long as something is left, and where nothing else is, that is the last.
    """
    replied = False
    while start < end:
        if text[start] == " ":
            start += 1
            continue
        blobs = _BLOBS.match(text, start, end)
        behind = blobs.end() if blobs is not None else start
        refwd = _REFWD.match(text, behind, end)
        if refwd is not None:
            start, replied = refwd.end(), True
            continue
        if blobs is None:
            break
        if behind == end:
            start = text.rindex("[", start, end)
            break
        start = behind
    return start, replied


def _is_forward(text: str, start: int, end: int) -> bool:
    """Step 6: ``subj-fwd = subj-fwd-hdr subject subj-fwd-trl``."""
    behind = start + len(_FORWARD_START)
    return end > behind and text[end - 1] == "]" and text[start:behind].lower() == _FORWARD_START
