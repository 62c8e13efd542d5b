"""SASL mechanisms (RFC 4422) without I/O, for every protocol that authenticates."""
