"""Reading a file that a person wrote."""

from __future__ import annotations

from pathlib import Path

from mailstore.config.errors import ConfigurationError


def read_text(file: Path) -> str:
    """The file's text, its line ends as they are, without a byte order mark.

    Raises ConfigurationError.
    """
    try:
        octets = file.read_bytes()
    except OSError as error:
        raise ConfigurationError([f"{file}: {error.strerror}"]) from None
    try:
        return octets.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = octets.count(b"\n", 0, error.start) + 1
        raise ConfigurationError([f"{file.name}:{line}: this is not UTF-8"]) from None
