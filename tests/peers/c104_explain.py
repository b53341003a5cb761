"""What c104 reads in frames of IEC 60870-5-104: hexadecimal lines in, JSON lines out.

A program of its own: c104 is licensed under the GPL, and a frame that it does not like ends its process.
"""

from __future__ import annotations

import json
import sys

import c104

_FIELDS = (
    "numberOfObjects", "sequence", "negative", "test", "commonAddress", "originatorAddress",
    "firstInformationObjectAddress",
)  # fmt: skip


def main() -> None:
    for line in sys.stdin:
        said = c104.explain_bytes_dict(bytes.fromhex(line))
        numbers = {"type": int(said["type"]), "cot": int(said["cot"])}
        print(json.dumps(numbers | {field: said[field] for field in _FIELDS}), flush=True)


if __name__ == "__main__":
    main()
