"""Link layer of IEC 60870-5-104 without I/O: frames, sequence numbers, timers, STARTDT and STOPDT."""
