"""Which commands and capabilities there are: one file a group, one line here for each."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from typing import Any

from mailstore.model.task import Waiter
from mailstore.pop3.session import Session, State

Handler = Callable[[Session, bytes], Coroutine[Waiter[Any], None, None]]
"""Called with what stands after the command's name and one space."""

BOTH = frozenset(State)
AUTHORIZATION = frozenset((State.AUTHORIZATION,))
TRANSACTION = frozenset((State.TRANSACTION,))

GROUPS = (
    "capabilities",
    "user",
    "sasl",
    "tls",
    "listing",
    "retrieve",
    "delete",
    "quit",
)
"""Modules of :mod:`mailstore.pop3.commands`; CAPA lists capabilities in this order."""


@dataclass(frozen=True, slots=True)
class Command:
    """One command: its name in upper case, where it is allowed, and what it does."""

    name: bytes
    states: frozenset[State]
    handler: Handler


def _no_capabilities(session: Session) -> Iterable[bytes]:
    return ()


@dataclass(frozen=True, slots=True)
class CommandGroup:
    """Commands that belong together, and the capabilities that tell of them.

    ``rfc`` is where they are defined. ``capabilities`` gives lines of CAPA as they are
    true for a session at this moment.
    """

    rfc: int
    commands: tuple[Command, ...] = ()
    capabilities: Callable[[Session], Iterable[bytes]] = field(default=_no_capabilities)


@cache
def groups() -> tuple[CommandGroup, ...]:
    return tuple(
        import_module(f"mailstore.pop3.commands.{name}").GROUP  # a CommandGroup in each
        for name in GROUPS
    )


@cache
def commands() -> Mapping[bytes, Command]:
    return {command.name: command for group in groups() for command in group.commands}


def capabilities(session: Session) -> list[bytes]:
    return [line for group in groups() for line in group.capabilities(session)]
