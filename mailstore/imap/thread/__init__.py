"""THREAD: algorithms, and how their trees are written (RFC 5256).

An algorithm gets columns of the messages that a search found, by number, and knows messages
by their places in these. No step recurses, and none takes longer than n log n, whatever the
messages claim to answer.
"""
