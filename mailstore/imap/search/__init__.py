"""SEARCH: keys, the program they make, and how it is carried out.

A program is parsed without recursion into a tree in which NOT has been moved to the leaves
(:mod:`~mailstore.imap.search.program`). It is applied to batches of index rows, cheap keys
first; only for messages that they leave open are headers or bodies read
(:mod:`~mailstore.imap.search.run`).
"""
