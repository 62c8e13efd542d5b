"""Ask Dovecot and this package the same about one message, and say where they differ."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from mailstore.mime.content import describe
from mailstore.mime.pack import unpack_parts
from mailstore.mime.part import Part
from mailstore.mime.section import Section, SectionText, section_octets
from tests.oracle.client import Client, Value, read_value

__all__ = ["Answers", "Mismatch", "ask_dovecot", "ask_mailstore", "compare", "sections_of"]

Answers = dict[str, Value]
"""Item or section to its value."""

_FIELDS = (b"from", b"SUBJECT", b"Received", b"x-a", b"Content-Type", b"x-none")
_PARTIALS = ((0, 10), (5, 40), (3, 0), (100_000_000, 10))
_MOST_PARTS = 40


class Mismatch(NamedTuple):
    """One answer that is not the same."""

    message: str
    item: str
    dovecot: Value
    mailstore: Value


def sections_of(root: Part) -> list[Section]:
    """Return every section worth asking for, those of parts that are not there too."""
    sections = [
        Section(),
        Section((), SectionText.HEADER),
        Section((), SectionText.TEXT),
        Section((), SectionText.HEADER_FIELDS, _FIELDS),
        Section((), SectionText.HEADER_FIELDS_NOT, _FIELDS),
    ]
    for numbers in _numbers(root):
        sections.append(Section(numbers))
        sections += [Section(numbers, text) for text in (SectionText.HEADER, SectionText.TEXT)]
        sections.append(Section(numbers, SectionText.MIME))
        sections.append(Section(numbers, SectionText.HEADER_FIELDS, _FIELDS))
        sections.append(Section(numbers, SectionText.HEADER_FIELDS_NOT, _FIELDS))
    return sections


def _numbers(root: Part) -> list[tuple[int, ...]]:
    """Return part numbers in the tree, and for each level one past its end."""
    found: list[tuple[int, ...]] = []
    waiting: list[tuple[Part, tuple[int, ...]]] = [(root, ())]
    while waiting and len(found) < _MOST_PARTS:
        part, prefix = waiting.pop()
        if part.is_message and prefix:
            part = part.children[0]
        if part.is_multipart:
            for number, child in enumerate(part.children[:10], 1):
                found.append((*prefix, number))
                waiting.append((child, (*prefix, number)))
            found.append((*prefix, len(part.children) + 1))
        elif not prefix or (prefix and part.header_start != 0):
            found += [(*prefix, 1), (*prefix, 2)]
            if not prefix and part.is_message:
                waiting.append((part, (1,)))
    return found


def wire_name(section: Section) -> str:
    """Return the section as a client writes it, ``1.2.HEADER.FIELDS (a b)``."""
    pieces = [str(number) for number in section.numbers]
    if section.text is not None:
        pieces.append(section.text.value)
    name = ".".join(pieces)
    if section.fields:
        name += " (" + " ".join(field.decode() for field in section.fields) + ")"
    return name


def ask_mailstore(message: bytes) -> Answers:
    """Return the answers of this package."""
    content = describe(message)
    answers: Answers = {
        "RFC822.SIZE": str(len(message)).encode(),
        "ENVELOPE": read_value(content.envelope)[0],
        "BODY": read_value(content.body)[0],
        "BODYSTRUCTURE": read_value(content.body_structure)[0],
    }
    # The parts as a server has them: read back from the index.
    root = unpack_parts(content.parts)
    for section in sections_of(root):
        octets = section_octets(message, root, section)
        name = f"BODY[{wire_name(section)}]"
        if octets is not None:
            # A literal holds no NUL: whoever sends octets puts 0x80 there, as Dovecot does.
            octets = octets.replace(b"\x00", b"\x80")
        answers[name] = octets
        if section.text in (None, SectionText.TEXT) and len(section.numbers) < 2:
            for start, length in _PARTIALS:
                if length and octets is not None:
                    answers[f"{name}<{start}.{length}>"] = octets[start : start + length]
    return answers


def ask_dovecot(client: Client, number: int, items: list[str]) -> Answers:
    """Return Dovecot's answers; what it refuses to answer is not among them."""
    wire = [item.replace("BODY[", "BODY.PEEK[", 1) for item in items]
    answers: Answers = {}
    for start in range(0, len(wire), 50):
        found = client.fetch(number, " ".join(wire[start : start + 50]).encode())
        if found is not None:
            answers |= _by_item(items[start : start + 50], found)
            continue
        for item, one in zip(items[start : start + 50], wire[start : start + 50], strict=True):
            found = client.fetch(number, one.encode())
            if found is not None:
                answers |= _by_item([item], found)
    return answers


def _by_item(items: list[str], found: dict[bytes, Value]) -> Answers:
    """Give answers their items' names; the answer names the origin of a partial only."""
    answers: Answers = {}
    for item in items:
        name = item.upper()
        if name.endswith(">"):
            name = name[: name.rindex(".")] + ">"
        if name.encode() in found:
            answers[item] = found[name.encode()]
    return answers


def compare(name: str, dovecot: Answers, mailstore: Answers) -> Iterator[Mismatch]:
    """Yield the answers that mean something else."""
    for item, ours in mailstore.items():
        if item not in dovecot:
            continue
        theirs = dovecot[item]
        if item == "BODY" or item == "BODYSTRUCTURE":
            if _normal(theirs) != _normal(ours):
                yield Mismatch(name, item, _normal(theirs), _normal(ours))
        elif theirs != ours:
            yield Mismatch(name, item, theirs, ours)


def _normal(body: Value) -> Value:
    """Put types, encodings and names of parameters into one case, parameters in order."""
    if not isinstance(body, list) or not body:
        return body
    if isinstance(body[0], list):
        at = next(n for n, item in enumerate(body) if not isinstance(item, list))
        rest = body[at:]
        parts = [_normal(part) for part in body[:at]]
        return [*parts, _upper(rest[0]), *map(_params, rest[1:2]), *map(_disposition, rest[2:])]
    start = [_upper(body[0]), _upper(body[1]), _params(body[2]), *body[3:5], _upper(body[5])]
    if len(body) > 8 and isinstance(body[7], list):  # the envelope of an embedded message
        return [*start, body[6], body[7], _normal(body[8]), *map(_disposition, body[9:])]
    return [*start, *map(_disposition, body[6:])]


def _upper(value: Value) -> Value:
    return value.upper() if isinstance(value, bytes) else value


def _params(value: Value) -> Value:
    if not isinstance(value, list):
        return value
    pairs = sorted(
        (
            [_upper(name), _upper(text) if _upper(name) == b"CHARSET" else text]
            for name, text in zip(value[::2], value[1::2], strict=True)
        ),
        key=repr,
    )
    return [item for pair in pairs for item in pair]


def _disposition(value: Value) -> Value:
    match value:
        case [bytes() as kind, None | list() as params]:
            return [kind.upper(), _params(params)]
    return value
