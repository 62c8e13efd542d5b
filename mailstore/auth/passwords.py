"""Password hashes: which are taken, what a new one is, and which are to be replaced.

Hashing and verifying take milliseconds to hundreds of them; ``verifier`` decides where they
run.
"""

from __future__ import annotations

import re
import secrets
import warnings
from functools import cache
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from passlib.context import CryptContext

MAX_OCTETS: Final = 4096
"""Longest password; passlib takes no more either."""

SCHEMES: Final = {
    "argon2id": "argon2",
    "bcrypt": "bcrypt",
    "scrypt": "scrypt",
    "pbkdf2-sha256": "pbkdf2_sha256",
    "pbkdf2-sha512": "pbkdf2_sha512",
    "sha512-crypt": "sha512_crypt",
    "sha256-crypt": "sha256_crypt",
}
"""What a new hash can be, by the names that people use; the first is the default."""

# Dovecot's names before hashes that tell their scheme by themselves.
_WRAPPED: Final = re.compile(
    r"\{(?:ARGON2ID?|BLF-CRYPT|SHA512-CRYPT|SHA256-CRYPT|MD5-CRYPT|CRYPT)\}(?=\$)", re.IGNORECASE
)
_NAMED: Final = re.compile(r"\{[A-Za-z0-9-]+\}")
_CLEAR: Final = {"{CLEAR}": "{PLAIN}", "{CLEARTEXT}": "{PLAIN}"}


class UnusablePassword(ValueError):
    """Not a password that can be set; the text says why."""


@cache
def _context() -> CryptContext:
    # On first use, as the imports take a tenth of a second.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # passlib imports crypt
        from passlib.context import CryptContext
        from passlib.hash import argon2
        from passlib.utils.handlers import PrefixWrapper

        from mailstore.auth.bcrypt_hash import BcryptHash

        # Here, as it asks argon2-cffi for its version in an old way.
        argon2.get_backend()  # type: ignore[no-untyped-call]
    return CryptContext(
        schemes=[
            "argon2",
            BcryptHash,
            "scrypt",
            "pbkdf2_sha256",
            "pbkdf2_sha512",
            "sha512_crypt",
            "sha256_crypt",
            "md5_crypt",
            "ldap_salted_sha1",
            "ldap_salted_sha256",
            "ldap_salted_sha512",
            PrefixWrapper("marked_plaintext", "plaintext", prefix="{PLAIN}", ident="{PLAIN}"),
        ],
        # Everything but the default is replaced at sign-in.
        deprecated="auto",
        argon2__type="ID",
        argon2__memory_cost=19 * 1024,
        argon2__time_cost=2,
        argon2__parallelism=1,
    )


def is_known(hashed: str) -> bool:
    """Whether ``hashed`` is whole and of a scheme that is taken."""
    bare = _bare(hashed)
    scheme = _context().identify(bare)
    if scheme is None:
        return False
    if scheme == "marked_plaintext":
        return len(bare) > len("{PLAIN}")
    try:
        # A hash without its checksum is what passlib takes for a setting.
        return _context().handler(scheme).from_string(bare).checksum is not None
    except (TypeError, ValueError):
        return False


def scheme_of(hashed: str) -> str:
    """What kind of hash this is, in the words of :data:`SCHEMES` or as it is marked."""
    scheme = str(_context().identify(_bare(hashed)))
    by_scheme = {"md5_crypt": "md5-crypt", "marked_plaintext": "PLAIN"}
    by_scheme |= {theirs: ours for ours, theirs in SCHEMES.items()}
    named = _NAMED.match(_bare(hashed))
    return by_scheme.get(scheme) or (named[0].strip("{}") if named else scheme)


def new_hash(password: str, scheme: str = "argon2id") -> str:
    """Hash a password anew, by one of :data:`SCHEMES`. Raises UnusablePassword."""
    check_new(password, scheme)
    hashed: str = _context().handler(SCHEMES[scheme]).hash(password)
    return hashed


def check_new(password: str, scheme: str = "argon2id") -> None:
    """Raises UnusablePassword for what no client could send or ``scheme`` would cut short."""
    if not password:
        raise UnusablePassword("a password has one character at least")
    if decoded(password.encode("utf-8", "surrogatepass")) is None:
        raise UnusablePassword(f"a password has {MAX_OCTETS} octets at most, and no NUL")
    if not password.isprintable():
        raise UnusablePassword("a password has no control characters")
    if scheme == "bcrypt" and len(password.encode("utf-8")) > 72:
        raise UnusablePassword("bcrypt takes 72 octets at most")


def decoded(password: bytes) -> str | None:
    """A password as text; None for what can be nobody's."""
    if not password or len(password) > MAX_OCTETS or b"\0" in password:
        return None
    try:
        return password.decode("utf-8")
    except UnicodeDecodeError:
        return None


def verify(password: str, hashed: str) -> bool:
    """Whether ``hashed``, which is known, is of ``password``."""
    right: bool = _context().verify(password, _bare(hashed))
    return right


def replacement(password: str, hashed: str) -> str | None:
    """A better hash of ``password``, which ``hashed`` is of; None if that one is good."""
    if not _context().needs_update(_bare(hashed)):
        return None
    # Not new_hash: what cannot be set any more may still be in use.
    better: str = _context().hash(password)
    return better


@cache
def decoy() -> str:
    """A hash of nothing in particular, which costs what a new hash costs."""
    return new_hash(secrets.token_hex(16))


def holds_interpreter(hashed: str) -> bool:
    """Whether verifying ``hashed`` stops every thread of the process, for half a second even."""
    return _bare(hashed).startswith(("$6$", "$5$"))


def _bare(hashed: str) -> str:
    """The hash as passlib knows it, out of Dovecot's wrapping."""
    bare = _WRAPPED.sub("", hashed, count=1) if hashed.startswith("{") else hashed
    named = _NAMED.match(bare)
    if named is None:
        return bare
    name = named[0].upper()
    return _CLEAR.get(name, name) + bare[named.end() :]
