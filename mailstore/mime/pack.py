"""A tree of parts as stored in the index: places and kinds, no texts.

The form is a version octet, then each part before its children::

    count of children, header_start - body_start of the parent,
    header_end - header_start, body_end - header_end, lines,
    media type, subtype, encoding

Numbers are base-128, low septet first, the eighth bit set on all but the last octet. A
word is the number of a common one counted from 1, or 0, its length and its octets.
"""

from mailstore.mime.part import Part

__all__ = ["pack_parts", "unpack_parts"]

_VERSION = 1
_WORDS = (
    b"TEXT PLAIN HTML 7BIT QUOTED-PRINTABLE BASE64 8BIT MULTIPART MIXED ALTERNATIVE RELATED "
    b"SIGNED REPORT MESSAGE RFC822 APPLICATION OCTET-STREAM PDF IMAGE JPEG PNG GIF BINARY "
    b"DELIVERY-STATUS PGP-SIGNATURE PKCS7-SIGNATURE CALENDAR ZIP DIGEST ENCRYPTED RFC822-HEADERS "
    b"GLOBAL X-PKCS7-SIGNATURE VND.OPENXMLFORMATS-OFFICEDOCUMENT.WORDPROCESSINGML.DOCUMENT "
    b"VND.OPENXMLFORMATS-OFFICEDOCUMENT.SPREADSHEETML.SHEET AUDIO VIDEO MSWORD CSV XML "
    b"MPEG MP4 JPG DISPOSITION-NOTIFICATION PKCS7-MIME ICS WEBP SVG+XML JSON PARTIAL EXTERNAL-BODY"
).split()
"""Numbers are stored: append only, 127 at most."""

_NUMBER_OF = {word: number for number, word in enumerate(_WORDS, 1)}


def pack_parts(part: Part) -> bytes:
    """Return the stored form of the tree under ``part``."""
    out = bytearray((_VERSION,))
    waiting = [(part, 0)]
    while waiting:
        item, origin = waiting.pop()
        for number in (
            len(item.children),
            item.header_start - origin,
            item.header_end - item.header_start,
            item.body_end - item.body_start,
            item.lines,
        ):
            if number < 128:
                out.append(number)
            else:
                _put(out, number)
        for word in (item.media_type, item.subtype, item.encoding):
            known = _NUMBER_OF.get(word, 0)
            out.append(known)
            if not known:
                _put(out, len(word))
                out += word
        waiting += [(child, item.body_start) for child in reversed(item.children)]
    return bytes(out)


def unpack_parts(packed: bytes) -> Part:
    """Return a tree whose parts have their places, lines, types and encodings.

    Raises ValueError if ``packed`` is not what ``pack_parts`` makes.
    """
    try:
        return _Unpacker(packed).tree()
    except IndexError:
        raise ValueError("stored parts are cut short") from None


def _put(out: bytearray, number: int) -> None:
    while number > 127:
        out.append(number & 127 | 128)
        number >>= 7
    out.append(number)


class _Unpacker:
    """A cursor over the stored form."""

    def __init__(self, packed: bytes) -> None:
        self.packed = packed
        self.position = 0

    def tree(self) -> Part:
        if self.number() != _VERSION:
            raise ValueError("stored parts of another version")
        root, count = self.part(0)
        waiting = [(root, count)]
        while waiting:
            parent, left = waiting.pop()
            if left:
                child, count = self.part(parent.body_start)
                parent.children.append(child)
                waiting.append((parent, left - 1))
                waiting.append((child, count))
        if self.position != len(self.packed):
            raise ValueError("octets after the stored parts")
        return root

    def part(self, origin: int) -> tuple[Part, int]:
        """Read one part and how many children follow it."""
        count, start, header, body, lines = (self.number() for _ in range(5))
        start += origin
        end = start + header
        part = Part(start, end, end, end + body, lines)
        part.media_type, part.subtype, part.encoding = self.word(), self.word(), self.word()
        return part, count

    def number(self) -> int:
        number = shift = 0
        while True:
            octet = self.packed[self.position]
            self.position += 1
            number |= (octet & 127) << shift
            if octet < 128:
                return number
            shift += 7

    def word(self) -> bytes:
        known = self.number()
        if known > len(_WORDS):
            raise ValueError("stored parts of a later version")
        if known:
            return _WORDS[known - 1]
        length = self.number()
        if length > len(self.packed) - self.position:
            raise IndexError
        self.position += length
        return self.packed[self.position - length : self.position]
