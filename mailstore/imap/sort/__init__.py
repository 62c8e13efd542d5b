"""SORT: criteria, and how messages that a search found are put in order (RFC 5256).

What is compared was made when a message was indexed (:mod:`mailstore.mime.sort_keys`), so a
sort reads a few narrow columns and compares in C.
"""
