"""File transfer of IEC 60870-5-101/104 without I/O, types 120-126: offering files and fetching them."""
