"""Everything the index keeps of a message's content, from one parse."""

from dataclasses import dataclass
from hashlib import blake2b
from typing import Final

from mailstore.mime.address import Budget
from mailstore.mime.envelope import encode_fields
from mailstore.mime.fields import known_fields
from mailstore.mime.limits import DEFAULT, MimeLimits
from mailstore.mime.pack import pack_parts
from mailstore.mime.parse import parse_message
from mailstore.mime.preview import preview
from mailstore.mime.structure import encode_structures

__all__ = ["DIGEST_OCTETS", "Content", "describe"]

DIGEST_OCTETS: Final = 20
"""So many that nobody can make two messages of one digest."""


@dataclass(frozen=True, slots=True)
class Content:
    """What a server answers without the message itself."""

    envelope: bytes
    """Ready to send, see ``envelope``."""
    body: bytes
    """Ready to send, see ``structure``."""
    body_structure: bytes
    """Ready to send, see ``structure``."""
    fields: bytes
    """See ``fields.known_fields``; of a very long header only of what is searched."""
    parts: bytes
    """See ``pack``."""
    digest: bytes
    """BLAKE2b of the message, ``DIGEST_OCTETS`` long: the same for the same message, always."""
    preview: bytes
    """See ``preview``; in UTF-8."""

    @property
    def octets(self) -> int:
        """How much it is, all together."""
        return (
            len(self.envelope)
            + len(self.body)
            + len(self.body_structure)
            + len(self.fields)
            + len(self.parts)
            + len(self.digest)
            + len(self.preview)
        )


def describe(message: bytes, limits: MimeLimits = DEFAULT) -> Content:
    """Return the content of a message with CRLF line ends. Never raises."""
    root = parse_message(message, limits)
    budget = Budget(limits.tokens)
    body, body_structure = encode_structures(root, limits, budget)
    return Content(
        envelope=encode_fields(root.fields, limits, budget),
        body=body,
        body_structure=body_structure,
        fields=known_fields(message[: min(root.header_end, limits.header_octets)]),
        parts=pack_parts(root),
        digest=blake2b(message, digest_size=DIGEST_OCTETS).digest(),
        preview=preview(message, root).encode("utf-8", "replace"),
    )
