"""ESORT, RFC 5267, section 3.1: SORT RETURN (MIN MAX ALL COUNT).

The options are those of ESEARCH, and MIN and MAX the first and the last in the order asked
for. CONTEXT=SEARCH and CONTEXT=SORT, the rest of the RFC, are not offered.
"""

from __future__ import annotations

from mailstore.imap.registry import Extension

EXTENSION = Extension(rfc=5267, title="ESORT", capabilities=(b"ESORT",))
