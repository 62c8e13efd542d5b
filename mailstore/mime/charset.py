"""Octets in a declared charset -> text, whatever the declaration is worth."""

import re
from encodings.aliases import aliases

__all__ = ["codec_of", "decode_text"]

_NOT_TEXT = frozenset(
    (
        "base64_codec",
        "bz2_codec",
        "hex_codec",
        "mbcs",
        "oem",
        "quopri_codec",
        "rot_13",
        "uu_codec",
        "zlib_codec",
    )
)
_SUPERSETS = {
    "ascii": "utf_8",
    "latin_1": "cp1252",
    "iso8859_9": "cp1254",
    "shift_jis": "cp932",
    "euc_kr": "cp949",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "tis_620": "cp874",
    "big5": "big5hkscs",
}
"""What is sent under the name on the left is really in the one on the right, which
reads all that is valid in the left one the same way (as in the WHATWG's table)."""

_OTHER_NAMES = {
    "xsjis": "cp932",
    "windows31j": "cp932",
    "ksc56011987": "cp949",
    "windows949": "cp949",
    "iso88598i": "iso8859_8",
    "iso88598e": "iso8859_8",
    "unicode11utf7": "utf_7",
    "xgbk": "gb18030",
    "xbig5": "big5hkscs",
    "xmacroman": "mac_roman",
    "macintosh": "mac_roman",
    "windows874": "cp874",
    "iso885911": "cp874",
    "xunknown": "utf_8",
    "unknown8bit": "utf_8",
    "default": "utf_8",
}
_UNITS = frozenset(("utf_8", "utf_7", "gb18030", "cp932", "cp949", "big5hkscs", "euc_jp"))
"""Multi-octet codecs whose mistakes spoil a character, not all that follows."""

_PUNCTUATION = re.compile(r"[^0-9a-z]+")


def _table() -> dict[str, str]:
    table: dict[str, str] = {}
    for alias, codec in aliases.items():
        if codec not in _NOT_TEXT:
            real = _SUPERSETS.get(codec, codec)
            table[_PUNCTUATION.sub("", alias)] = real
            table[_PUNCTUATION.sub("", codec)] = real
    return table | _OTHER_NAMES


_CODECS = _table()


def codec_of(charset: bytes) -> str | None:
    """Return the name of a Python codec for a MIME charset, or ``None``.

    Names come from a fixed table: looking up a stranger's word would import modules,
    fill the cache of codecs, and reach some that are no charsets.
    """
    if len(charset) > 60:
        return None
    return _CODECS.get(_PUNCTUATION.sub("", charset.decode("ascii", "replace").lower()))


def decode_text(octets: bytes, charset: bytes | None = None) -> str:
    """Return the text: by the declared charset, else UTF-8, cp1252, or Latin-1.

    A few wrong octets in a declared multi-octet charset become U+FFFD. Never raises.
    """
    codec = codec_of(charset) if charset else None
    if codec is not None:
        try:
            return octets.decode(codec)
        except (UnicodeError, ValueError):
            text = _mostly(octets, codec)
            if text is not None:
                return text
    for codec in ("utf_8", "cp1252"):
        try:
            return octets.decode(codec)
        except UnicodeError:
            continue
    return octets.decode("latin_1")


def _mostly(octets: bytes, codec: str) -> str | None:
    """Decode what is nearly valid, as a text that was cut within a character is."""
    if codec not in _UNITS:
        return None
    text = octets.decode(codec, "replace")
    strange = len(octets) - len(octets.translate(None, _HIGH))
    return text if text.count("\ufffd") * 4 <= strange else None


_HIGH = bytes(range(128, 256))
