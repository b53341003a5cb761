"""The variable `Records` of the unit: its disturbance records, the newest first."""

from __future__ import annotations

from models.wire.cbor import outgoing
from substation.records.store import RecordStore
from substation.records.stored_record import StoredRecord
from substation.records.trips import RecordTrips
from substation.variables.publication import Publication

VARIABLE = "Records"
MOST_SHOWN = 500


class RecordShow:
    """Publishes the list after every change, each record with the trip that it shows.

    `ringmain records` lists all of them, and gives the octets."""

    def __init__(self, publication: Publication, store: RecordStore, trips: RecordTrips) -> None:
        self._publication, self._store, self._trips = publication, store, trips
        trips.changed = self._publish
        store.watch(self._show, self._show)
        self._publish()

    def _show(self, record: StoredRecord) -> None:
        self._publish()

    def _publish(self) -> None:
        newest = self._store.records[-MOST_SHOWN:]
        plain = [self._plain(record) for record in reversed(newest)]
        value = {"records": plain, "count": len(self._store.records)}
        self._publication.publish(VARIABLE, outgoing(value, VARIABLE))

    def _plain(self, record: StoredRecord) -> dict[str, object]:
        trip = self._trips.of(record.number)
        told = None if trip is None else trip._asdict()
        return {**record._asdict(), "file": record.file.rpartition("/")[2], "trip": told}
