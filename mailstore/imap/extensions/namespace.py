"""NAMESPACE, RFC 2342: one personal namespace, without a prefix."""

from __future__ import annotations

from mailstore.imap.registry import Command, Extension, State, no_arguments
from mailstore.imap.session import Session
from mailstore.imap.wire.encode import encode_string
from mailstore.model.mailbox import SEPARATOR


async def _namespace(session: Session, arguments: None) -> None:
    separator = encode_string(SEPARATOR.encode())
    session.output.untagged(b'NAMESPACE (("" %s)) NIL NIL' % separator)


NAMESPACE = Command(b"NAMESPACE", State.LOGGED_IN, no_arguments, _namespace)

EXTENSION = Extension(
    rfc=2342, title="IMAP4 namespace", capabilities=(b"NAMESPACE",), commands=(NAMESPACE,)
)
