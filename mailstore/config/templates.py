"""Paths that differ from user to user: ``/var/mail/{domain}/{local}``.

A user name becomes one component of a path and can be nothing else: names that hold a
slash or begin with a dot are refused when the users file is read, and again here.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Final

from pydantic import ValidationInfo

from mailstore.config.values import expected, folder_of_file

FIELDS: Final = ("data", "user", "local", "domain")
_FIELD: Final = re.compile(r"\{([^{}]*)\}")
_PER_USER: Final = {"user", "local"}


class Template:
    """A path with fields. ``str(template)`` is as it was written."""

    def __init__(self, text: str) -> None:
        self._text = text

    def __str__(self) -> str:
        return self._text

    def __repr__(self) -> str:
        return f"Template({self._text!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Template) and other._text == self._text

    def __hash__(self) -> int:
        return hash(self._text)

    def fill(self, user: str, data: Path) -> Path:
        """The path of one user. Raises ValueError, which says why, for a name without it."""
        check_user_name(user)
        local, _, domain = user.rpartition("@") if "@" in user else (user, "", "")
        values = {"data": str(data), "user": user, "local": local, "domain": domain}

        def value(match: re.Match[str]) -> str:
            field = match[1]
            if field != "data" and (not values[field] or values[field].startswith(".")):
                raise ValueError(f"the name has no {field} part for {self._text}")
            return values[field]

        return Path(_FIELD.sub(value, self._text))


def check_user_name(name: str) -> None:
    """Raises ValueError, which says why, for what cannot be a user's name."""
    if not name or len(name.encode("utf-8", "replace")) > 255:
        raise ValueError("a user name has 1 to 255 octets")
    if not name.isprintable() or name != name.strip():
        raise ValueError("a user name has no control characters and no space at its ends")
    if "/" in name or name.startswith("."):
        raise ValueError("a user name has no slash and does not begin with a dot")


def parse_template(value: Any, info: ValidationInfo) -> Template:
    """Parses a template; a relative one starts at the directory of the file."""
    if not isinstance(value, str) or not value or not value.isprintable():
        expected("a path")
    fields = set(_FIELD.findall(value))
    if not fields <= set(FIELDS) or set("{}") & set(_FIELD.sub("", value)):
        expected("a path whose fields are among {data}, {user}, {local} and {domain}")
    if not fields & _PER_USER:
        expected("a path with {user} or {local}, so that every user has another")
    if "local" in fields and not fields & {"user", "domain"}:
        # Two users of one local part in different domains would share their mail.
        expected("a path with {domain} beside {local}, or with {user}")
    if value.startswith(("/", "{data}")):
        return Template(value)
    return Template(f"{folder_of_file(info)}/{value}")
