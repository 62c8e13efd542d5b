"""The index: one SQLite file for each user, a cache that may be deleted at any time.

It holds what is costly to find again from a Maildir. Its write lock also orders all
processes of the server that change one user's mail.
"""
