"""Keys by which texts are put in order: i;unicode-casemap (RFC 5051)."""

import unicodedata
from functools import lru_cache

__all__ = ["LONGEST_KEY", "collation_key"]

LONGEST_KEY = 1000
"""Octets of a key: more than a header line may have (RFC 5322, section 2.1.1)."""


def collation_key(text: str) -> bytes:
    """Return what to compare, octet by octet, in place of the text.

    Characters in title case, then taken apart (RFC 5051, section 2), in UTF-8.

    Deviation: texts that do not differ in LONGEST_KEY octets of it are alike.
    """
    text = text[:LONGEST_KEY]
    if text.isascii():
        return text.upper().encode("ascii")
    folded = unicodedata.normalize("NFKD", "".join(map(_title, text)))
    # A lone surrogate comes out of UTF-7; it is a text like any other.
    return folded.encode("utf-8", "surrogatepass")[:LONGEST_KEY]


@lru_cache(maxsize=4096)
def _title(character: str) -> str:
    """The simple title case mapping, which is one character always."""
    title = character.title()
    return title if len(title) == 1 else character
