"""The Maildir of a target, written and read as another program would."""

from __future__ import annotations

import os
import time
from itertools import count
from pathlib import Path
from typing import NamedTuple

from tests.clients.messages import number_of

_serial = count()


class Stored(NamedTuple):
    """A message file: its system flags as letters, and its octets with CRLF line ends."""

    letters: str
    octets: bytes
    path: Path


def folder_of(maildir: Path, mailbox: str) -> Path:
    """Maildir++: ``mailbox`` is INBOX, or its encoded name with ``.`` between levels."""
    return maildir if mailbox == "INBOX" else maildir / f".{mailbox}"


def deliver(
    maildir: Path, message: bytes, mailbox: str = "INBOX", *, as_it_is: bool = False
) -> str:
    """Deliver into new/ by the rules of Maildir, and return the base name.

    Line ends become LF, as delivery agents on Unix write them, unless the octets are to be
    kept. The file belongs to the owner of its folder.
    """
    folder = folder_of(maildir, mailbox)
    name = f"{time.time_ns() // 10**9}.M{time.time_ns() % 10**9}P{os.getpid()}Q{next(_serial)}.test"
    temporary = folder / "tmp" / name
    temporary.write_bytes(message if as_it_is else message.replace(b"\r\n", b"\n"))
    owner = folder.stat()
    os.chown(temporary, owner.st_uid, owner.st_gid)
    temporary.rename(folder / "new" / name)
    return name


def stored(maildir: Path, mailbox: str = "INBOX") -> dict[int, Stored]:
    """What new/ and cur/ hold, by the messages' numbers. No number may occur twice."""
    found: dict[int, Stored] = {}
    for place in ("new", "cur"):
        for path in (folder_of(maildir, mailbox) / place).iterdir():
            octets = with_crlf(path.read_bytes())
            number = number_of(octets)
            assert number not in found, f"message {number} is there twice"
            letters = "".join(sorted(path.name.partition(":2,")[2]))
            found[number] = Stored(letters, octets, path)
    return found


def numbers(maildir: Path, mailbox: str = "INBOX") -> list[int]:
    """The numbers of the messages in a mailbox, ascending."""
    return sorted(stored(maildir, mailbox))


def set_letters(message: Stored, letters: str) -> None:
    """Give the message these flags, as a program that reads Maildirs does."""
    base = message.path.name.partition(":2,")[0]
    folder = message.path.parent.parent
    message.path.rename(folder / "cur" / f"{base}:2,{''.join(sorted(letters))}")


def make_maildir(folder: Path) -> Path:
    for place in ("tmp", "new", "cur"):
        (folder / place).mkdir(parents=True, exist_ok=True)
    return folder


def with_crlf(octets: bytes) -> bytes:
    return octets.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
