"""SORT=DISPLAY, RFC 5957: sorting by the names of people."""

from __future__ import annotations

from mailstore.imap.registry import Extension
from mailstore.imap.sort.criterion import SortCriterion
from mailstore.store.ports import Column

EXTENSION = Extension(
    rfc=5957,
    title="Display-based address sorting",
    capabilities=(b"SORT=DISPLAY",),
    sort_criteria=(
        SortCriterion(b"DISPLAYFROM", (Column.FROM_DISPLAY,)),
        SortCriterion(b"DISPLAYTO", (Column.TO_DISPLAY,)),
    ),
)
