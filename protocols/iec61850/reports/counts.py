"""What a link counts of its reports and reads, by the names that are shown."""

from __future__ import annotations

from collections import Counter

REPORTS, POINTS, GAPS, LOST = "reports", "points", "gaps", "reports lost"
DUPLICATES, OVERFLOWS, READS = "duplicates", "overflows", "reads"
TIME_OUTS, DECODE_ERRORS, FLOODS = "time-outs", "decode errors", "floods"

Counts = Counter[str]
