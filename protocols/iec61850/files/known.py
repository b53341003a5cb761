"""Records that were fetched, also before a restart of the front end."""

from __future__ import annotations

from protocols.iec61850.files.record_files import RecordFiles

MOST_KNOWN = 2000


class Known:
    """`text` goes there and back. What is forgotten is fetched once more than necessary; the store has it already."""

    def __init__(self, text: str = "") -> None:
        self.text = text
        self._identities = dict.fromkeys(each for each in text.split(",")[-MOST_KNOWN:] if each)

    def __contains__(self, record: RecordFiles) -> bool:
        return record.identity in self._identities

    def add(self, record: RecordFiles) -> None:
        self._identities.pop(record.identity, None)
        self._identities[record.identity] = None
        if len(self._identities) > MOST_KNOWN:
            del self._identities[next(iter(self._identities))]
        self.text = ",".join(self._identities)
