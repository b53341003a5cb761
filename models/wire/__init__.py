"""The data interface on the wire, without I/O: CBOR messages, COSE signatures and the sessions of both roles."""
