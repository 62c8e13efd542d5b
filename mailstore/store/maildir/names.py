"""Mailbox names and the folders of Maildir++: ``Archive/2026`` is ``.Archive.2026``.

A folder name is ASCII: each level in modified UTF-7 (RFC 3501, section 5.1.3), joined and
begun by dots. A dot inside a level is written ``&AC4-``. ``INBOX`` is the Maildir itself, whose
folder name is empty; ``INBOX/Sub`` is ``.INBOX.Sub``, as Dovecot has it.

Deviation: RFC 3501 wants characters that ASCII has to stand for themselves; the dot cannot.
Dovecot shows such a folder as ``v1&AC4-0``.

Other programs may have made folders that no mailbox name of ours encodes to. They are read
leniently (:func:`names_of`), so that their mail is in reach; where a mailbox is, is therefore
looked up among the folders that exist, and :func:`folder_of` is for new ones. No path is ever
made from a name in another way, so a name cannot lead out of the Maildir.
"""

from __future__ import annotations

import binascii
import re
import unicodedata
from collections.abc import Iterable
from typing import Final

from mailstore.model.errors import InvalidMailboxName
from mailstore.model.mailbox import INBOX, SEPARATOR, canonical_name

MAX_OCTETS: Final = 255
"""Longest folder name that file systems take."""

_ENCODED = re.compile(r"&([A-Za-z0-9+,]*)-")
_SHIFTED = re.compile(r"[^\x20-\x25\x27-\x7e]+")
_PRINTABLE = re.compile(r"[\x20-\x7e]")


def encode_utf7(text: str) -> str:
    """Modified UTF-7 of RFC 3501, section 5.1.3. Raises ValueError for lone surrogates."""
    return _SHIFTED.sub(_encode_run, text)


def _encode_run(match: re.Match[str]) -> str:
    run = match[0]
    if "&" not in run:
        return _shift(run)
    return "&-".join(_shift(part) if part else "" for part in run.split("&"))


def _shift(text: str) -> str:
    octets = text.encode("utf-16-be")
    encoded = binascii.b2a_base64(octets, newline=False).rstrip(b"=").replace(b"/", b",")
    return f"&{encoded.decode('ascii')}-"


def decode_utf7(text: str) -> str:
    """The opposite of :func:`encode_utf7`; raises ValueError for what it never makes."""
    decoded = _decode(text)
    if encode_utf7(decoded) != text:
        raise ValueError("not modified UTF-7")
    return decoded


def _decode(text: str) -> str:
    """Decode what is well formed, if not in its only form. Raises ValueError."""
    if not text.isascii() or "&" in _ENCODED.sub("", text):
        raise ValueError("not modified UTF-7")
    return _ENCODED.sub(_decode_run, text)


def _decode_run(match: re.Match[str]) -> str:
    if not match[1]:
        return "&"
    encoded = match[1].replace(",", "/")
    if len(encoded) % 4 == 1:
        raise ValueError("not modified UTF-7")
    # UnicodeDecodeError and binascii.Error are both ValueError.
    return binascii.a2b_base64(encoded + "=" * (-len(encoded) % 4)).decode("utf-16-be")


def normalize(name: str) -> str:
    """The one spelling of a name, for looking it up."""
    return canonical_name(name)


def folder_of(name: str) -> str:
    """The folder for a new mailbox; empty for INBOX.

    Raises InvalidMailboxName, and says why, if there can be no such folder.
    """
    name = normalize(name)
    if name == INBOX:
        return ""
    _check_characters(name)
    if name.startswith("~"):
        # Dovecot takes this for somebody's home directory and hides the mailbox.
        raise InvalidMailboxName("a mailbox name cannot begin with ~")
    levels = name.split(SEPARATOR)
    if "" in levels:
        raise InvalidMailboxName("a level of the mailbox name is empty")
    folder = "".join("." + _encode_level(level) for level in levels)
    if len(folder) > MAX_OCTETS:
        raise InvalidMailboxName("the mailbox name is too long")
    return folder


def _check_characters(name: str) -> None:
    if not name:
        raise InvalidMailboxName("the mailbox name is empty")
    for character in name:
        # RFC 9051, section 5.1: no control characters, no line or paragraph separator.
        if unicodedata.category(character) in {"Cc", "Cs", "Zl", "Zp"}:
            raise InvalidMailboxName("the mailbox name has a control character")


def _encode_level(level: str) -> str:
    return encode_utf7(level).replace(".", "&AC4-")


def encode_levels(name: str) -> list[str]:
    """The levels of a name as they are on disk. Raises ValueError for lone surrogates."""
    return [_encode_level(level) for level in name.split(SEPARATOR)]


def decode_level(level: str) -> str:
    """A level as it is on disk, read leniently.

    What is not modified UTF-7, or would hide a separator or a control character, stands for
    itself. Raises ValueError if it cannot even do that.
    """
    try:
        decoded = _decode(level)
        if SEPARATOR not in decoded:
            _check_characters(decoded)
            return decoded
    except (ValueError, InvalidMailboxName):
        pass
    if SEPARATOR in level:
        raise ValueError("a level with a separator")
    try:
        _check_characters(level)
    except InvalidMailboxName as error:
        raise ValueError(str(error)) from None
    return level


def name_of(folder: str) -> str | None:
    """The name that a folder would have alone; None if it is no folder of Maildir++."""
    if not folder.startswith(".") or folder == ".":
        return None
    levels = folder[1:].split(".")
    if "" in levels:
        return None
    try:
        name = normalize(SEPARATOR.join(map(decode_level, levels)))
    except ValueError:
        return None
    return None if name == INBOX else name


def names_of(folders: Iterable[str]) -> tuple[dict[str, str], list[str]]:
    """Mailbox names of the folders in a Maildir, and the folders that have none.

    Gives (name to folder, folders left out). INBOX is not in it. Every name is as
    :func:`normalize` has it. Of two folders with one name (by their form of Unicode, or
    needless encoding) the one that :func:`folder_of` makes has it, and the other is
    named by how it is spelt on disk, if that is free.
    """
    found: dict[str, str] = {}
    rest: list[str] = []
    odd: list[tuple[str, str]] = []
    for folder in sorted(folders):
        name = name_of(folder)
        if name is None:
            rest.append(folder)
        elif _is_canonical(name, folder):
            found[name] = folder
        else:
            odd.append((name, folder))
    for name, folder in odd:
        free = name if name not in found else _spelling(folder)
        if free in found or normalize(free) != free:
            rest.append(folder)
        else:
            found[free] = folder
    return found, rest


def _spelling(folder: str) -> str:
    levels = folder[1:].split(".")
    return SEPARATOR.join(level if level.isascii() else encode_utf7(level) for level in levels)


def _is_canonical(name: str, folder: str) -> bool:
    try:
        return folder_of(name) == folder
    except InvalidMailboxName:
        return False
