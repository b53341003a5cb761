"""The audit log: who did, or tried, what; a chain of hashes, signed by the unit, in which nothing changes unseen."""
