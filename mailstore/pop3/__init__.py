"""POP3 (RFC 1939) without I/O: octets in, octets out, and a few ports to await."""
