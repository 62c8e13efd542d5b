"""Fuzzy matching of texts, and how well one matches (RFC 6203).

A text that was asked for is taken as words. A message matches if it has all of them, in
any order and within other words, without regard to case, form and combining marks:
``resume cafe`` is in "The Café asked for a résumé".
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from mailstore.mime.fold import fold, fold_pieces, letters

AS_TYPED: Final = 100
"""The score of a text that has just what was asked for."""

WITHOUT_MARKS: Final = 75
"""It has so but for combining marks."""

TOGETHER: Final = 50
"""One text (a field, a header, a body) has all words."""

APART: Final = 25
"""Each word is in some text of the message."""


class Wanted:
    """What was asked for.

    Attributes:
        words: Each is in the ``letters`` of some text of every message that matches.
    """

    def __init__(self, text: str) -> None:
        self._typed = fold(text)
        self._letters = letters(self._typed)
        self.words = tuple(dict.fromkeys(self._letters.split()))

    def score(self, texts: Iterable[str]) -> int:
        """From 1 to 100, or 0 if a word is in none of the texts.

        A word may be missed where a very long text is folded in pieces.
        """
        best = 0
        missing = set(self.words)
        for text in texts:
            for piece in fold_pieces(text):
                if self._typed in piece:
                    return AS_TYPED
                if self.words:
                    best = max(best, self._score(piece, missing))
        return best or (APART if self.words and not missing else 0)

    def _score(self, piece: str, missing: set[str]) -> int:
        plain = letters(piece)
        if self._letters in plain:
            return WITHOUT_MARKS
        found = [word for word in self.words if word in plain]
        missing.difference_update(found)
        return TOGETHER if len(found) == len(self.words) else 0
