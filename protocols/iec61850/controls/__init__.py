"""Controls of one device: its control objects, what is written to them, what it says of them, who waits for that."""
