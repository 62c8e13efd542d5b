"""I18NLEVEL=1, RFC 5255, section 4: strings are compared by i;unicode-casemap (RFC 5051).

SEARCH does so whatever its charset, see :mod:`mailstore.mime.fold`; whoever else compares
or orders strings has to.
"""

from __future__ import annotations

from mailstore.imap.registry import Extension

EXTENSION = Extension(
    rfc=5255, title="Internationalization: comparators", capabilities=(b"I18NLEVEL=1",)
)
