"""How texts are compared: i;unicode-casemap (RFC 5051).

RFC 5051 takes each character's titlecase and decomposes it, into compatible characters too.
Here it is decomposition, full case folding, and decomposition again: what the RFC takes for
equal is equal, which a test shows for every character of Unicode.

Deviation: some more is equal. Full case folding takes ``ß`` for ``ss``, as people hope who
search for ``strasse``; and combining marks come in canonical order, so that it makes no
difference in which order two of them were typed.
"""

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache

__all__ = ["contains_text", "fold", "fold_pieces", "letters"]

_WINDOW = 256 * 1024
"""Characters that are folded at a time."""

_MOST_MARKS = 64
"""Marks on one character that are put in order; it takes the square of their number."""

_FEW = 16
"""Replacing so many characters one by one is quicker than a table."""


def fold(text: str) -> str:
    """Return the text as it is compared. Linear time; folding twice changes nothing."""
    if text.isascii():
        return text.lower()
    marks = _marks(text)
    if not marks or len(text) <= _MOST_MARKS:
        return _fold(text)
    return "".join(map(_fold, _between_marks(text, marks)))


def _fold(text: str) -> str:
    folded = unicodedata.normalize("NFKD", text).casefold().replace("ı", "i")
    return unicodedata.normalize("NFKD", folded)


def _marks(text: str) -> list[str]:
    """The combining marks in a text, each once."""
    return [each for each in set(text) if each > "\x7f" and _is_mark(each)]


@lru_cache(maxsize=4096)
def _is_mark(character: str) -> bool:
    """Whether it combines with what stands before it, or decomposes to what does."""
    return bool(unicodedata.combining(unicodedata.normalize("NFKD", character)[0]))


def _between_marks(text: str, marks: list[str]) -> Iterator[str]:
    """The text, cut wherever there are too many marks in a row."""
    many = re.compile(f"[{re.escape(''.join(marks))}]{{{_MOST_MARKS}}}")
    start = 0
    for run in many.finditer(text):
        yield text[start : run.end()]
        start = run.end()
    yield text[start:]


def fold_pieces(text: str) -> Iterator[str]:
    """Yield the folded text in pieces, so that a very long one is never folded at once."""
    start, size = 0, len(text)
    while size - start > _WINDOW:
        end = start + _WINDOW
        while end > start + _WINDOW - _MOST_MARKS and _is_mark(text[end]):
            end -= 1
        yield fold(text[start:end])
        start = end
    yield fold(text[start:])


def contains_text(text: str, folded: str) -> bool:
    """Return whether the folded ``text`` has ``folded`` in it."""
    if len(text) <= _WINDOW:
        return folded in fold(text)
    kept = max(len(folded) - 1, 0)
    before = ""
    for piece in fold_pieces(text):
        before = before[max(len(before) - kept, 0) :] + piece
        if folded in before:
            return True
    return False


def letters(folded: str) -> str:
    """Return a folded text without combining marks, and without what SQLite cannot keep.

    A character stays or goes whatever stands around it: what has ``a`` in it has
    ``letters(a)`` in its ``letters``.
    """
    if folded.isascii():
        return folded.replace("\x00", "")
    gone = [each for each in set(folded) if _goes(each)]
    if len(gone) > _FEW:
        return folded.translate(dict.fromkeys(map(ord, gone)))
    for each in gone:
        folded = folded.replace(each, "")
    return folded


def _goes(character: str) -> bool:
    """A mark, NUL, or half of a surrogate pair, to which bad UTF-7 decodes."""
    return (
        character == "\x00"
        or "\ud800" <= character <= "\udfff"
        or bool(unicodedata.combining(character))
    )
