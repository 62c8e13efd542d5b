"""Everything the index keeps of a message's content, from one parse."""

from dataclasses import dataclass

from mailstore.mime.address import Budget
from mailstore.mime.envelope import encode_fields
from mailstore.mime.fields import known_fields
from mailstore.mime.limits import DEFAULT, MimeLimits
from mailstore.mime.pack import pack_parts
from mailstore.mime.parse import parse_message
from mailstore.mime.sort_keys import SortKeys, make_sort_keys
from mailstore.mime.structure import encode_structures

__all__ = ["Content", "describe"]


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
    sort_keys: SortKeys

    @property
    def octets(self) -> int:
        """How much it is, all together, but for the sort keys, which are short."""
        return (
            len(self.envelope)
            + len(self.body)
            + len(self.body_structure)
            + len(self.fields)
            + len(self.parts)
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
        sort_keys=make_sort_keys(root.fields or {}, budget),
    )
