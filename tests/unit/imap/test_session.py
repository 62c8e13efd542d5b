"""What all handlers share is done in one place."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import mailstore.imap

IMAP: Final = Path(mailstore.imap.__file__).parent


def test_mailbox_names_are_encoded_by_the_session_only() -> None:
    """Whoever calls ``encode_mailbox`` itself forgets that the client may want UTF-8."""
    callers = {
        path.relative_to(IMAP).as_posix()
        for path in IMAP.rglob("*.py")
        if " encode_mailbox" in path.read_text(encoding="utf-8")
    }
    assert callers == {"session.py", "wire/encode.py"}
