"""How texts are compared.

Comparison follows RFC 5051 in spirit: without regard to case and with compatible
characters taken for one another, in decoded text. ASCII, most of all mail, takes
neither step.
"""

import unicodedata

__all__ = ["contains_text", "fold"]

_WINDOW = 256 * 1024


def fold(text: str) -> str:
    """Return the text as it is compared."""
    if text.isascii():
        return text.lower()
    return unicodedata.normalize("NFKD", text.casefold())


def contains_text(text: str, folded: str) -> bool:
    """Return whether ``text`` has ``folded`` in it, folding no more than a window at a time.

    A character folds to one or more, so what matches is no longer than ``folded`` in the text.
    """
    if len(text) <= _WINDOW:
        return folded in fold(text)
    return any(
        folded in fold(text[start : start + _WINDOW + len(folded)])
        for start in range(0, len(text), _WINDOW)
    )
