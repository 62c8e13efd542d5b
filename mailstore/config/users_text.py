"""Changing the text of a users file at one place, with all else left as it is.

Places come from the marks of the YAML nodes, never from searching the text. Each change is
read back: if the data is not exactly what it should be, the text was written in a way that
is not understood here, and the change is refused.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final, cast

import yaml

from mailstore.config.errors import ConfigurationError
from mailstore.config.yaml_document import Data, Document, pairs

_PLAIN_KEY: Final = re.compile(r"[A-Za-z][A-Za-z0-9_.@+-]*\Z")
# What other YAML programs take for something else than text.
_WORDS: Final = {"y", "n", "yes", "no", "on", "off", "true", "false", "null"}
_FILE: Final = "users file"

Users = dict[str, dict[str, Data]]


def add(text: str, name: str, password: str) -> str:
    """``text`` with one more user at the end; the name must be free."""
    document = Document(text, _FILE)
    expected: Users = {**_users(document), name: {"password": password}}
    node = document.node(("users",))
    if node is None:
        new = _append_lines(text, ["users:", *_entry(name, password, "  ")])
    elif isinstance(node, yaml.MappingNode) and not node.flow_style:
        column = pairs(node)[0][0].start_mark.column
        line = _last_line(node)
        new = _insert_lines(text, line + 1, _entry(name, password, " " * column))
    elif isinstance(node, yaml.MappingNode) and node.value:
        end = _end(pairs(node)[-1][1])
        new = f"{text[:end]}, {_key(name)}: {{password: {_quote(password)}}}{text[end:]}"
    else:
        # `users:` with nothing, null or {} after it, and perhaps a comment.
        new = text[: node.start_mark.index].rstrip(" ") + text[node.end_mark.index :]
        new = _insert_lines(new, node.start_mark.line + 1, _entry(name, password, "  "))
    return _checked(new, expected)


def set_passwords(text: str, passwords: Mapping[str, str]) -> str:
    """``text`` with other values for the passwords of some users, by exact name."""
    document = Document(text, _FILE)
    expected = _users(document)
    nodes: list[tuple[yaml.Node, str]] = []
    for key, value in pairs(cast(yaml.MappingNode, document.node(("users",)))):
        name = str(key.value)
        if name in passwords:
            expected[name] = {**expected[name], "password": passwords[name]}
            by_key = {field.value: node for field, node in pairs(cast(yaml.MappingNode, value))}
            nodes.append((by_key["password"], passwords[name]))
    pieces: list[str] = []
    done = 0
    for node, password in nodes:
        pieces += (text[done : node.start_mark.index], _quote(password))
        done = _end(node)
    return _checked("".join(pieces) + text[done:], expected)


def delete(text: str, name: str) -> str:
    """``text`` without a user, by exact name; comments around the entry stay."""
    document = Document(text, _FILE)
    expected = _users(document)
    del expected[name]
    node = cast(yaml.MappingNode, document.node(("users",)))
    entries = pairs(node)
    position = next(n for n, (key, _) in enumerate(entries) if key.value == name)
    key, value = entries[position]
    if not node.flow_style:
        lines = text.splitlines(keepends=True)
        del lines[key.start_mark.line : _last_line(value) + 1]
        new = "".join(lines)
    elif position + 1 < len(entries):
        new = text[: key.start_mark.index] + text[entries[position + 1][0].start_mark.index :]
    else:
        start = _end(entries[position - 1][1]) if position else key.start_mark.index
        new = text[:start] + text[_end(value) :]
    return _checked(new, expected)


def _users(document: Document) -> Users:
    data = document.data
    users = data.get("users") if isinstance(data, dict) else None
    return cast(Users, dict(users) if isinstance(users, dict) else {})


def _checked(text: str, expected: Users) -> str:
    try:
        if _users(Document(text, _FILE)) == expected:
            return text
    except ConfigurationError:
        pass
    raise ConfigurationError(["the users file is written in an unusual way: change it by hand"])


def _entry(name: str, password: str, indent: str) -> list[str]:
    return [f"{indent}{_key(name)}:", f"{indent}  password: {_quote(password)}"]


def _key(name: str) -> str:
    plain = _PLAIN_KEY.match(name) and name.lower() not in _WORDS
    return name if plain else _quote(name)


def _quote(value: str) -> str:
    """A single-quoted scalar. The value has no control characters."""
    return "'" + value.replace("'", "''") + "'"


def _end(node: yaml.Node) -> int:
    """The index after a node's text; a block mapping's own mark is beyond what follows it."""
    return _end_mark(node).index


def _last_line(node: yaml.Node) -> int:
    mark = _end_mark(node)
    # A block scalar ends at the start of the next line.
    return mark.line - 1 if mark.column == 0 and mark.line > node.start_mark.line else mark.line


def _end_mark(node: yaml.Node) -> yaml.Mark:
    while isinstance(node, yaml.CollectionNode) and not node.flow_style and node.value:
        last = node.value[-1]
        node = last[1] if isinstance(node, yaml.MappingNode) else last
    return cast(yaml.Mark, node.end_mark)


def _insert_lines(text: str, at: int, lines: list[str]) -> str:
    newline = _newline(text)
    old = text.splitlines(keepends=True)
    if at >= len(old):
        return _append_lines(text, lines)
    return "".join([*old[:at], *(line + newline for line in lines), *old[at:]])


def _append_lines(text: str, lines: list[str]) -> str:
    newline = _newline(text)
    if text and not text.endswith(("\n", "\r")):
        text += newline
    return text + "".join(line + newline for line in lines)


def _newline(text: str) -> str:
    return "\r\n" if "\r\n" in text else "\n"
