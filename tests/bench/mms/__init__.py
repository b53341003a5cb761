"""`ringmain bench mms`: our IEC 61850 client beside libiec61850's, on the same devices in turns."""
