"""X-GUID, an item of FETCH that Dovecot has: the GUID of a message, which its copies have too.

Web front ends made for Dovecot ask for it. It is what Dovecot tells of the same Maildir: the
GUID in ``dovecot-uidlist``, else the name of the file without its flags.
"""

from __future__ import annotations

from mailstore.imap.fetch.item import each_alone, index_item
from mailstore.imap.registry import Extension
from mailstore.imap.wire.encode import encode_astring
from mailstore.store.ports import Column

EXTENSION = Extension(
    rfc=None,
    title="X-GUID",
    fetch_items=(index_item(b"X-GUID", (Column.GUID,), encode=each_alone(encode_astring)),),
)
