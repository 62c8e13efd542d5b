"""One node of a message's MIME structure, with its place in the octets.

Invariants, whatever the message held:

* ``0 <= header_start <= header_end == body_start <= body_end <= len(message)``;
* the children of a part lie in order, apart from one another, within its body;
* a multipart (``is_multipart``) has a boundary and a child: BODYSTRUCTURE wants one, so
  where no delimiter was found that is an empty text at the end;
* an embedded message (``is_message``) has exactly one child, whose header starts
  where the body of its parent starts;
* no other part has children. A multipart without a boundary is TEXT/PLAIN, and a
  multipart or message beyond the limits is APPLICATION/OCTET-STREAM: opaque.
"""

from dataclasses import dataclass, field

from mailstore.mime.header import Fields
from mailstore.mime.parameters import Params, decode_extended

__all__ = ["Params", "Part"]


@dataclass(slots=True)
class Part:
    """A message, an embedded message, or a part of a multipart.

    Offsets are octets from the start of the whole message, half open. ``header_end``
    is the first octet of the body, after the empty line. The empty line is missing
    (the header ends the part) when a boundary or the end came first.
    """

    header_start: int
    header_end: int
    body_start: int
    body_end: int
    lines: int = 0
    """Line feeds in the body."""
    media_type: bytes = b"TEXT"
    """Upper case."""
    subtype: bytes = b"PLAIN"
    """Upper case."""
    params: Params = ()
    """Of Content-Type; RFC 2231 continuations are joined, ``name*`` if encoded."""
    encoding: bytes = b"7BIT"
    """Upper case."""
    content_id: bytes | None = None
    description: bytes | None = None
    md5: bytes | None = None
    disposition: bytes | None = None
    disposition_params: Params = ()
    language: tuple[bytes, ...] = ()
    location: bytes | None = None
    children: list["Part"] = field(default_factory=list)
    fields: Fields | None = field(default=None, repr=False, compare=False)
    """The header taken apart; ``None`` once the part was stored and read back."""

    @property
    def is_multipart(self) -> bool:
        """Whether the children are the parts of a multipart."""
        return self.media_type == b"MULTIPART"

    @property
    def is_message(self) -> bool:
        """Whether the only child is an embedded message (RFC 9051: RFC822 or GLOBAL)."""
        return self.media_type == b"MESSAGE" and self.subtype in (b"RFC822", b"GLOBAL")

    @property
    def boundary(self) -> bytes:
        """The boundary parameter, without RFC 2231 encoding; empty if there is none."""
        for name, value in self.params:
            key = name.lower()
            if key == b"boundary":
                return value
            if key == b"boundary*":
                return decode_extended(value)[1]
        return b""

    @property
    def size(self) -> int:
        """Octets of the body, as BODYSTRUCTURE gives them."""
        return self.body_end - self.body_start
