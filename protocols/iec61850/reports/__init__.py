"""Reports of a device (IEC 61850-7-2 clause 17 over IEC 61850-8-1): finding, enabling, reading, and their gaps."""
