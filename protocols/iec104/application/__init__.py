"""Application layer of IEC 60870-5-104 without I/O: types, elements, time tags, ASDUs and their octets."""
