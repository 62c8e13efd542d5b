"""Giving files their old names back when a transaction cannot be committed."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from mailstore.store import durable

logger = logging.getLogger(__name__)

Renamed = tuple[bytes, bytes]
"""The old path of a file, and its new one."""


def take_back(renamed: Sequence[Renamed]) -> None:
    """Rename files back, the last first. What fails is logged: no mail is lost by it.

    The next comparison finds such a file as one that another program renamed or delivered.
    """
    for old, new in reversed(renamed):
        try:
            durable.rename(new, old)
        except FileNotFoundError:
            continue
        except OSError as error:
            logger.warning("%r cannot be taken back: %s", new, error)
