"""Pydantic's errors as lines that tell a person what to mend."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from typing import Any, Final, get_args

from pydantic import BaseModel, ValidationError

from mailstore.config.errors import ConfigurationError
from mailstore.config.yaml_document import Document, Path

MOST: Final = 50
"""Faults that are told; a file with more of them has one cause."""

Problem = tuple[Path, str]
"""The path of a key, and what is wrong there."""

_SECRET: Final = "password"  # noqa: S105


def problems_of(model: type[BaseModel], error: ValidationError) -> list[Problem]:
    """Where ``error`` found what, in words."""
    problems: list[Problem] = []
    for detail in error.errors(include_url=False, include_context=False):
        # Pydantic marks a fault of a mapping's key, not of its value, so.
        path = tuple(step for step in detail["loc"] if step != "[key]")
        problems.append((path, _problem(detail, path, model)))
    return problems


def error_of(document: Document, problems: Iterable[Problem]) -> ConfigurationError:
    """An error for ``problems``, each at its line and in the order of the file."""
    all_problems = list(problems)
    told = sorted(all_problems[:MOST], key=lambda problem: document.line(problem[0]))
    faults = [document.fault(path, problem) for path, problem in told]
    if len(all_problems) > MOST:
        faults.append(f"{document.file}: and {len(all_problems) - MOST} more")
    return ConfigurationError(faults)


def _problem(detail: Any, path: Path, model: type[BaseModel]) -> str:
    kind = detail["type"]
    if kind == "extra_forbidden":
        return _unknown_key(str(path[-1]), _keys(model, path[:-1]))
    if kind == "missing":
        return "missing"
    if kind in ("model_type", "dict_type", "model_attributes_type"):
        # A text here may be a password that somebody wrote right after the user's name.
        found = "text" if isinstance(detail["input"], str) else _shown(detail["input"], path)
        return f"expected keys with values, got {found}"
    return f"expected {detail['msg']}, got {_shown(detail['input'], path)}"


def _unknown_key(key: str, known: list[str]) -> str:
    close = get_close_matches(key, known, n=1)
    hint = f' - did you mean "{close[0]}"?' if close else f" - the keys here are {', '.join(known)}"
    return f'unknown key "{key}"{hint if known else ""}'


def _shown(value: Any, path: Path) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, dict):
        return "keys with values"
    if isinstance(value, list):
        return "a list"
    if _SECRET in path:
        return "something else"
    text = str(value)
    return f'"{text if len(text) <= 60 else text[:60] + "..."}"'


def _keys(model: type[BaseModel], path: Path) -> list[str]:
    """The keys that ``model`` takes at ``path``."""
    found: type[BaseModel] | None = model
    for step in path:
        if found is None:
            return []
        fields = {field.alias or name: field for name, field in found.model_fields.items()}
        field = fields.get(str(step))
        if field is not None:
            found = model_in(field.annotation)
        # Else the step is a key of the user's choice, of a mapping to models.
    return [] if found is None else [f.alias or n for n, f in found.model_fields.items()]


def model_in(annotation: Any) -> type[BaseModel] | None:
    """The model that a field's type speaks of, if it does."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for part in get_args(annotation):
        model = model_in(part)
        if model is not None:
            return model
    return None
