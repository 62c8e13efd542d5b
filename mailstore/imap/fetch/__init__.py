"""FETCH: from a list of items to answers in batches.

Items are declared as :class:`~mailstore.imap.fetch.item.FetchItem` in commands and
extensions, and parse to two kinds. What index rows answer is formatted for hundreds of
messages at once (:mod:`~mailstore.imap.fetch.plan`); what takes octets of a message is
read and sent in slices (:mod:`~mailstore.imap.fetch.content`).
"""
