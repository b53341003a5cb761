"""What a device has beside what its SCL file says (IEC 61850-6, IEC 61850-8-1): found out, told, remembered."""
