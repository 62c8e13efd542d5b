"""Maildir and index. Blocking, durable, and without a word of any protocol."""
