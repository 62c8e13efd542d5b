"""bcrypt for passlib, by the ``bcrypt`` package itself.

passlib 1.7.4's own handler fails with bcrypt 5: it probes for an old bug with a password
of more than 72 octets, which bcrypt 5 refuses.
"""

from __future__ import annotations

import re
from typing import Any, ClassVar, Final

import bcrypt as backend
import passlib.utils.handlers as uh
from passlib.exc import InvalidHashError

_HASH: Final = re.compile(r"(\$2[abxy]\$)([0-9]{2})\$([./A-Za-z0-9]{22})([./A-Za-z0-9]{31})\Z")


class BcryptHash(uh.HasRounds, uh.GenericHandler):
    """``$2a$``, ``$2b$``, ``$2x$`` and ``$2y$`` hashes; new ones are ``$2b$``.

    As everywhere, only the first 72 octets of a password count.
    """

    name = "bcrypt"
    setting_kwds = ("rounds",)
    checksum_chars = uh.H64_CHARS
    default_rounds = 12
    min_rounds = 4
    max_rounds = 31
    rounds_cost = "log2"
    _salt: ClassVar[str]

    def __init__(self, settings: str | None = None, **kwds: Any) -> None:
        super().__init__(**kwds)
        self.settings = settings or backend.gensalt(self.rounds).decode("ascii")

    @classmethod
    def identify(cls, hash: str | bytes) -> bool:  # noqa: A002
        return _HASH.match(_text(hash)) is not None

    @classmethod
    def from_string(cls, hash: str | bytes, **context: Any) -> BcryptHash:  # noqa: A002
        match = _HASH.match(_text(hash))
        if match is None:
            raise InvalidHashError(cls)  # type: ignore[no-untyped-call]
        ident, rounds, salt, checksum = match.groups()
        settings = f"{ident}{rounds}${salt}"
        return cls(settings=settings, rounds=int(rounds), checksum=checksum)

    def to_string(self) -> str:
        return f"{self.settings}{self.checksum}"

    def _calc_checksum(self, secret: str | bytes) -> str:
        octets = secret.encode("utf-8") if isinstance(secret, str) else secret
        # $2x$ marks hashes made with an old bug in octets above 127, which the package does
        # not repeat: of those hashes only the ones of ASCII passwords verify.
        hashed = backend.hashpw(octets[:72], self.settings.encode("ascii"))
        return hashed.decode("ascii")[-31:]


def _text(value: str | bytes) -> str:
    return value.decode("ascii", "replace") if isinstance(value, bytes) else value
