"""YAML without YAML's surprises.

PyYAML's own loaders take the last of two equal keys without a word, read ``no`` as False
and ``012345`` as 5349. Here every scalar is text, and the models that check the data give
it a type; a key may appear once; and the node tree stays at hand, so that a fault can be
told with its line and a value can be replaced where it stands.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import yaml

from mailstore.config.errors import ConfigurationError

Data = dict[str, "Data"] | list["Data"] | str | None
Path = tuple[str | int, ...]

# The base loaders resolve nothing: no dates, no numbers, no objects.
LOADER: Final[type[yaml.BaseLoader]] = getattr(yaml, "CBaseLoader", yaml.BaseLoader)

_PLAIN_TAGS: Final = {
    "tag:yaml.org,2002:str",
    "tag:yaml.org,2002:seq",
    "tag:yaml.org,2002:map",
}
_NO_ALIASES: Final = "anchors and aliases are not used here; quote a text that begins with & or *"
_NULLS: Final = {"", "~", "null", "Null", "NULL"}


class Document:
    """One YAML document and where everything in it stands.

    Attributes:
        file: The name that faults are told with.
        root: The node tree, or None for an empty file.
        data: Mappings, lists, text, and None for an empty value or ``null``.
    """

    def __init__(self, text: str, file: str, loader: type[yaml.BaseLoader] = LOADER) -> None:
        """Raises ConfigurationError with every duplicate key, or with the syntax error."""
        self.file = file
        self._faults: list[tuple[int, str]] = []
        self.root = _compose(text, file, loader)
        # Ids of the nodes that were seen: a node seen twice stands behind an alias.
        self._seen: set[int] = set()
        self.data: Data = None if self.root is None else self._value(self.root, ())
        self._seen.clear()
        if self._faults:
            raise ConfigurationError([fault for _, fault in sorted(self._faults)])

    def fault(self, path: Path, problem: str) -> str:
        """One line for people: file, line, path and problem."""
        where = f"{dotted(path)}: " if path else ""
        return f"{self.file}:{self.line(path)}: {where}{problem}"

    def line(self, path: Path) -> int:
        """The line, from 1, of the key or item at ``path``, or of the nearest thing above it."""
        line = 1
        node = self.root
        for step in path:
            found = _child(node, step)
            if found is None:
                break
            key, node = found
            line = key.start_mark.line + 1
        return line

    def node(self, path: Path) -> yaml.Node | None:
        """The value node at ``path``."""
        node = self.root
        for step in path:
            found = _child(node, step)
            if found is None:
                return None
            node = found[1]
        return node

    def _value(self, node: yaml.Node, path: Path) -> Data:
        if id(node) in self._seen:
            self._fault(node, path, _NO_ALIASES)
            return None
        self._seen.add(id(node))
        if node.tag not in _PLAIN_TAGS:
            self._fault(node, path, "tags are not used here; quote a text that begins with !")
            return None
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, path)
        if isinstance(node, yaml.SequenceNode):
            return [self._value(item, (*path, n)) for n, item in enumerate(node.value)]
        text = str(node.value)
        plain = isinstance(node, yaml.ScalarNode) and not node.style
        return None if plain and text in _NULLS else text

    def _mapping(self, node: yaml.MappingNode, path: Path) -> dict[str, Data]:
        values: dict[str, Data] = {}
        lines: dict[str, int] = {}
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode):
                self._fault(key, path, "a key must be text")
                continue
            name = str(key.value)
            if name in values:
                self._fault(key, path, f'duplicate key "{name}", first on line {lines[name]}')
                continue
            lines[name] = key.start_mark.line + 1
            values[name] = self._value(value, (*path, name))
        return values

    def _fault(self, node: yaml.Node, path: Path, problem: str) -> None:
        line = node.start_mark.line + 1
        where = f"{dotted(path)}: " if path else ""
        self._faults.append((line, f"{self.file}:{line}: {where}{problem}"))


def dotted(path: Path) -> str:
    """``listen.imap.address[1]``."""
    text = ""
    for step in path:
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else step
    return text


def _compose(text: str, file: str, loader: type[yaml.BaseLoader]) -> yaml.Node | None:
    try:
        parser = loader(text)
        try:
            return parser.get_single_node()
        finally:
            parser.dispose()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = 1 if mark is None else mark.line + 1
        problem = _syntax_problem(error)
        if mark is not None and text[mark.index : mark.index + 1] == "\t":
            problem += " (indent with spaces, not with tabs)"
        raise ConfigurationError([f"{file}:{line}: {problem}"]) from None
    except yaml.YAMLError as error:
        problem = str(error).splitlines()[0]
        raise ConfigurationError([f"{file}: this is not YAML: {problem}"]) from None
    except RecursionError:
        raise ConfigurationError([f"{file}: nested too deeply"]) from None


def _syntax_problem(error: yaml.MarkedYAMLError) -> str:
    parts = [part for part in (error.context, error.problem) if part]
    problem = ", ".join(parts) or "syntax error"
    if "alias" in problem or "anchor" in problem:
        # PyYAML quotes the name, which may be a password that nobody put in quotes.
        return _NO_ALIASES
    return f"this is not YAML: {problem}"


def _child(node: yaml.Node | None, step: str | int) -> tuple[yaml.Node, yaml.Node] | None:
    if isinstance(node, yaml.MappingNode):
        for key, value in pairs(node):
            if key.value == step:
                return key, value
    elif isinstance(node, yaml.SequenceNode) and isinstance(step, int):
        items: Sequence[yaml.Node] = node.value
        if step < len(items):
            return items[step], items[step]
    return None


def pairs(node: yaml.MappingNode) -> list[tuple[yaml.ScalarNode, yaml.Node]]:
    """Keys and values in order; keys are scalars in a document that could be made."""
    found: list[tuple[yaml.ScalarNode, yaml.Node]] = node.value
    return found
