"""LOGIN (draft-murchison-sasl-login): user name and password, one after the other.

Obsolete and still what Outlook and others choose. With an initial response, which the
draft does not have, that response is the user name, as other servers take it.
"""

from __future__ import annotations

from typing import ClassVar

from mailstore.sasl.mechanism import Credentials, SaslError


class Login:
    """Challenges are the words that clients look for."""

    name: ClassVar[bytes] = b"LOGIN"
    clear_text: ClassVar[bool] = True
    first_challenge: ClassVar[bytes] = b"Username:"

    def __init__(self) -> None:
        self._user: bytes | None = None

    def step(self, response: bytes) -> bytes | Credentials:
        if b"\0" in response:
            raise SaslError("LOGIN takes no NUL")
        if not response:
            raise SaslError("LOGIN needs a user name and a password")
        if self._user is None:
            self._user = response
            return b"Password:"
        return Credentials(self._user, response)
