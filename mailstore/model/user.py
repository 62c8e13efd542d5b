"""A user of the server, as the users file has it."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class UserEntry:
    """One user.

    Attributes:
        name: As written in the users file; paths are made from this spelling.
        password: A password hash with its scheme (``$argon2id$...``, ``{SSHA}...``).
            It is left out of ``repr`` so that it cannot reach a log.
        disabled: The user cannot sign in; the mail stays.
        maildir: An absolute path in place of the ``maildir`` setting, or None.
        storage: Octets of mail, in place of the ``quota.storage`` setting, or None.
        messages: In place of the ``quota.messages`` setting, or None.
    """

    name: str
    password: str = field(repr=False)
    disabled: bool = False
    maildir: str | None = None
    storage: int | None = None
    messages: int | None = None


def name_key(name: str) -> str:
    """What names are compared by: ``Ada`` and ``ada`` are one user.

    Phones capitalise what is typed, and keyboards differ in how they compose letters
    (in the manner of UsernameCaseMapped, RFC 8265, section 3.3).
    """
    if name.isascii():
        return name.lower()
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).lower())
