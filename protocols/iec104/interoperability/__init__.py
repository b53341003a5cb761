"""What both roles can do, found by asking them: the interoperability list of IEC 60870-5-104, clause 9."""
