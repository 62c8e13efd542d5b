"""How much of a hostile message is taken apart."""

from dataclasses import astuple, dataclass

__all__ = ["DEFAULT", "MimeLimits"]


@dataclass(frozen=True, slots=True)
class MimeLimits:
    """Bounds on what is interpreted; none of them makes a message an error.

    What lies beyond a limit stays readable as octets: it is one opaque part, or a
    field that is not understood. Sections (``BODY[...]``) are never cut short.
    """

    depth: int = 100
    """Parts within parts; the message itself is the first."""

    parts: int = 10_000
    """Parts in one message, embedded messages and multiparts included."""

    header_octets: int = 1 << 20
    """Octets of one part's header that are searched for fields."""

    all_headers: int = 2 << 20
    """Octets of the headers of all parts together that are searched for fields."""

    addresses: int = 5_000
    """Addresses kept of one address field (all fields of that name together)."""

    tokens: int = 200_000
    """Words and marks of one message's address fields that are read one by one.

    Well-formed addresses are not: nothing but garbage comes near it.
    """

    params: int = 100
    """Parameters kept of one field, and pieces of one RFC 2231 parameter."""

    def __post_init__(self) -> None:
        if min(astuple(self)) < 1:
            raise ValueError("MIME limits are at least 1")


DEFAULT = MimeLimits()
