"""Values in the RFCs' words. Pure: no I/O, no other layer is imported here."""
