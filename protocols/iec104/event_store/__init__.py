"""Event buffers on disk: append-only segment files, group commit, recovery after a crash."""
