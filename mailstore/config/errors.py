"""Faults in a file that a person wrote, told so that the person can mend them."""

from __future__ import annotations

from collections.abc import Sequence


class ConfigurationError(Exception):
    """A configuration or users file cannot be used.

    ``faults`` are whole lines for people, in the order of the file, each with the file's
    name, the line where known, and the path of the key:
    ``mailstore.yaml:8: listen.imap.port: expected a number from 0 to 65535, got "abc"``.
    A fault never quotes a password or its hash.
    """

    def __init__(self, faults: Sequence[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = tuple(faults)
