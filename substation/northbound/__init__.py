"""Control centres: the unit as an IEC 60870-5-104 outstation with all its points [U2]."""
