"""PLAIN, RFC 4616: everything in one message."""

from __future__ import annotations

from typing import ClassVar

from mailstore.model.errors import AuthenticationFailed
from mailstore.sasl.mechanism import Credentials, SaslError


class Plain:
    """``message = [authzid] NUL authcid NUL passwd``."""

    name: ClassVar[bytes] = b"PLAIN"
    clear_text: ClassVar[bool] = True
    first_challenge: ClassVar[bytes] = b""

    def step(self, response: bytes) -> Credentials:
        """Raises AuthenticationFailed for an authorization identity of somebody else.

        Nobody may act for another user here, and whether that user exists is not told
        (RFC 4616, section 2).
        """
        fields = response.split(b"\0")
        if len(fields) != 3:
            raise SaslError("PLAIN takes three fields separated by NUL")
        authorization, user, password = fields
        if not user or not password:
            raise SaslError("PLAIN needs a user name and a password")
        if authorization not in (b"", user):
            raise AuthenticationFailed("authentication failed")
        return Credentials(user, password)
