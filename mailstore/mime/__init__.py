"""Octets of one message -> its structure. Pure functions; nothing here raises on mail.

Start at ``parse.parse_message`` or, for all that an index keeps, ``content.describe``.
"""
