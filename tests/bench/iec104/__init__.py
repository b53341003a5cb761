"""`ringmain bench iec104`: our IEC 60870-5-104 beside hat-drivers and c104 (lib60870), the same work in turns."""
