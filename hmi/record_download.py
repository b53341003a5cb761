"""One disturbance record on its way from the unit into a file, part by part; the file appears whole or not at all.

One part is asked for at a time, so that commands and events never wait behind a record. The octets are compared with
the SHA-256 of the list before the file gets its name.
"""

from __future__ import annotations

import hashlib

from PyQt6.QtCore import QIODevice, QObject, QSaveFile, pyqtSignal

from hmi.link import Link
from hmi.record_note import CONTENT, RecordNote, RecordPart, part_from
from models.errors import RemoteProtocolError, RingmainError
from models.wire.happenings import Answered
from models.wire.messages import Code


class RecordDownload(QObject):
    """progressed(octets): so many are here. ended(saved, words): once; words for the operator."""

    progressed = pyqtSignal(int)
    ended = pyqtSignal(bool, str)

    def __init__(self, link: Link, unit: str, record: RecordNote, path: str, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._link, self._unit, self.record, self._path = link, unit, record, path
        self._file = QSaveFile(path, self)
        self._hash = hashlib.sha256()
        self._octets = self._next = 0
        self._over = False

    @property
    def over(self) -> bool:
        return self._over

    def start(self) -> None:
        if self._file.open(QIODevice.OpenModeFlag.WriteOnly):
            self._ask()
        else:
            self._end(f"{self._path} cannot be written: {self._file.errorString()}; choose another place")

    def stop(self) -> None:
        """Give up; nothing is left behind."""
        self._end("stopped; nothing was saved")

    def _ask(self) -> None:
        place = f"{self._unit}/records/{self.record.number}/{self._next}"
        self._link.query(CONTENT, place, self._answered)

    def _answered(self, answer: Answered) -> None:
        if self._over:
            return
        if answer.code is not Code.OK or not answer.instances:
            self._end(f"{answer.text or answer.code.value}; nothing was saved")
            return
        try:
            self._take(part_from(answer.instances[-1].value))
        except RingmainError as error:
            self._end(f"{error}; nothing was saved")

    def _take(self, part: RecordPart) -> None:
        expected = (self.record.number, self._next, self.record.sha256)
        if (part.number, part.part, part.sha256) != expected:
            raise RemoteProtocolError("the unit sent another part than the one that was asked for")
        self._octets += len(part.content)
        self._next += 1
        if self._octets > self.record.octets or not (part.content or self.record.octets == 0):
            raise RemoteProtocolError(f"the unit sent {self._octets} octets of {self.record.octets}")
        self._hash.update(part.content)
        if self._file.write(part.content) != len(part.content):
            raise RingmainError(f"{self._path} cannot be written: {self._file.errorString()}")
        self.progressed.emit(self._octets)
        if self._next < part.parts:
            self._ask()
        else:
            self._finish()

    def _finish(self) -> None:
        if self._octets != self.record.octets or self._hash.hexdigest() != self.record.sha256:
            raise RemoteProtocolError("the octets are not what the unit stored (SHA-256 differs)")
        if not self._file.commit():
            raise RingmainError(f"{self._path} cannot be written: {self._file.errorString()}")
        self._over = True
        self.ended.emit(True, f"saved as {self._path}: {self._octets:,} octets, SHA-256 verified")

    def _end(self, words: str) -> None:
        if self._over:
            return
        self._over = True
        self._file.cancelWriting()
        self._file.commit()  # removes the half file, as Qt has it
        self.ended.emit(False, words)
