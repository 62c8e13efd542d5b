"""How commands come by a password: asked for twice, from standard input, or made up."""

from __future__ import annotations

import secrets
import sys
from typing import Final

import click

from mailstore.auth.passwords import UnusablePassword, check_new

# Without characters that are taken for one another when they are read off paper.
_ALPHABET: Final = "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"
_LENGTH: Final = 20


def ask_password(from_stdin: bool, scheme: str = "argon2id") -> str:
    """A password that can be hashed by ``scheme``. Raises ClickException."""
    if from_stdin:
        password = _first_line()
    else:
        password = click.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)
    try:
        check_new(password, scheme)
    except UnusablePassword as error:
        raise click.ClickException(f"{error}.") from None
    return password


def make_password() -> str:
    """A random password of 116 bits or so."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(_LENGTH))


def _first_line() -> str:
    octets = sys.stdin.buffer.readline(64 * 1024)
    if not octets:
        raise click.ClickException("There is no password on standard input.")
    try:
        return octets.decode("utf-8").rstrip("\r\n")
    except UnicodeDecodeError:
        raise click.ClickException("The password on standard input is not UTF-8.") from None
