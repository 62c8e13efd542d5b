"""The messages that both servers are asked about."""

import re
import tarfile
from functools import cache
from pathlib import Path

from tests.oracle.odd import odd_messages

__all__ = ["all_messages", "real_messages", "with_crlf"]

_ARCHIVE = Path(__file__).with_name("corpus") / "messages.tar.xz"
_BARE_LF = re.compile(rb"(?<!\r)\n")


@cache
def real_messages() -> dict[str, bytes]:
    """Return messages from the field by name, as they are on disk (LF)."""
    messages = {}
    with tarfile.open(_ARCHIVE) as archive:
        for member in archive:
            file = archive.extractfile(member)
            if file is not None:
                messages[member.name] = file.read()
    return messages


def all_messages() -> dict[str, bytes]:
    """Return real and odd messages by name, as they are on disk."""
    return real_messages() | odd_messages()


def with_crlf(octets: bytes) -> bytes:
    """Return what a store gives the MIME layer for a message on disk."""
    return _BARE_LF.sub(b"\r\n", octets)
