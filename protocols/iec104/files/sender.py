"""File transfer at the controlled station, one transfer per connection at a time (IEC 60870-5-101 7.4.11).

    control centre                         station
    call directory (122, cause 5)    ->
                                     <-    directory (126), pages
    select file (122)                ->    content is read
                                     <-    file ready (120)
    call file (122)                  ->
                                     <-    section ready (121)
    call section (122)               ->
                                     <-    segments (125), last segment with checksum (123)
    acknowledge section (124)        ->
                                     <-    section ready (121) of the next, or last section with checksum (123)
    acknowledge file (124)           ->

A request that the state does not allow is answered 'not ready'; the transfer under way goes on.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable
from enum import Enum

from protocols.iec104.application import codec
from protocols.iec104.application.asdu import Asdu
from protocols.iec104.application.cause import Cause
from protocols.iec104.application.files import AckFile, CallFile
from protocols.iec104.files import units
from protocols.iec104.files.sections import Sections
from protocols.iec104.files.settings import OfferSettings
from protocols.iec104.files.shelf import Shelf
from protocols.iec104.files.units import Ack, Call, FileKey, Last, OfferedFile

_MOST_WAITING = 4096
"""Answers that wait for the window; a peer that asks on and on is not answered."""
_MOST_REPEATS = 5
"""Of sections in one transfer."""


class State(Enum):
    IDLE = "idle"
    LOADING = "selected, content is being read"
    SELECTED = "file ready"
    OFFERED = "section ready"
    SENDING = "segments are sent"
    SECTION_SENT = "section sent, waits for its acknowledgement"
    FILE_SENT = "file sent, waits for its acknowledgement"


class Input(Enum):
    SELECT = "select file"
    LOADED = "content read"
    REQUEST_FILE = "call file"
    SELECT_SECTION = "select section"
    REQUEST_SECTION = "call section"
    SENT = "last segment sent"
    NEXT_SECTION = "section acknowledged, others follow"
    NO_SECTION = "last section acknowledged"
    SECTION_REFUSED = "section acknowledged negatively"
    FILE_ACK = "file acknowledged"
    END = "deactivated, broken off or timed out"


TRANSITIONS: dict[tuple[State, Input], State] = {
    (State.IDLE, Input.SELECT): State.LOADING,
    (State.LOADING, Input.LOADED): State.SELECTED,
    (State.SELECTED, Input.REQUEST_FILE): State.OFFERED,
    (State.SELECTED, Input.SELECT_SECTION): State.OFFERED,
    (State.OFFERED, Input.SELECT_SECTION): State.OFFERED,
    (State.OFFERED, Input.REQUEST_SECTION): State.SENDING,
    (State.SENDING, Input.SENT): State.SECTION_SENT,
    (State.SENDING, Input.SECTION_REFUSED): State.OFFERED,
    (State.SECTION_SENT, Input.NEXT_SECTION): State.OFFERED,
    (State.SECTION_SENT, Input.NO_SECTION): State.FILE_SENT,
    (State.SECTION_SENT, Input.SECTION_REFUSED): State.OFFERED,
    (State.FILE_SENT, Input.FILE_ACK): State.IDLE,
    **{(state, Input.END): State.IDLE for state in State if state is not State.IDLE},
}
"""What is not here is not allowed."""

_CALLS = {
    Call.SELECT_FILE: Input.SELECT,
    Call.REQUEST_FILE: Input.REQUEST_FILE,
    Call.SELECT_SECTION: Input.SELECT_SECTION,
    Call.REQUEST_SECTION: Input.REQUEST_SECTION,
}


class FileSender:
    """What one connection asks of a shelf. encode: an Asdu as octets; wake: there is something to send."""

    def __init__(
        self,
        name: str,
        shelf: Shelf,
        settings: OfferSettings,
        encode: Callable[[Asdu], bytes],
        note: Callable[[str], None],
        wake: Callable[[], None],
    ) -> None:
        self.state = State.IDLE
        self.deadline_s = math.inf
        self._name, self._shelf, self._settings = name, shelf, settings
        self._encode, self._note, self._wake = encode, note, wake
        self._waiting: deque[bytes] = deque()
        self._file: OfferedFile | None = None
        self._loading: object = None  # which read is awaited
        self._sections = Sections(b"", settings.section)
        self._section, self._position, self._current = 1, 0, b""
        self._checksum = 0
        self._sums: dict[int, int] = {}  # of the sections that have arrived
        self._repeats = 0
        self._moved = False
        shelf.recall()
        shelf.changed = wake

    def take(self, asdu: Asdu, raw: bytes) -> None:
        """A unit of types 120-127 from the control centre."""
        [item] = asdu.objects
        if len(self._waiting) > _MOST_WAITING:
            return
        if isinstance(item, CallFile):
            self._called(asdu, item, raw)
        elif isinstance(item, AckFile):
            self._acknowledged(FileKey(asdu.common_address, item.address, item.name), item)
        else:  # files for us, and archive files by time: neither is taken here
            self.refuse(raw, Cause.UNKNOWN_TYPE)
        self._moved = True

    def refuse(self, raw: bytes, cause: Cause) -> None:
        """Mirror a request negatively."""
        if len(self._waiting) <= _MOST_WAITING:
            self._waiting.append(codec.mirror(raw, cause, negative=True))

    def next_unit(self, now_s: float) -> bytes | None:
        """What is to be sent next; the caller asks when nobody else wants the window."""
        if self._moved:
            self._moved = False
            self._touch(now_s)
        if not self._waiting and self._shelf.news:
            self._waiting.extend(self._encode(unit) for unit in self._shelf.announcements())
        if self._waiting:
            return self._waiting.popleft()
        if self.state is not State.SENDING:
            return None
        self._touch(now_s)
        return self._next_segment()

    def tick(self, now_s: float) -> None:
        """Break off a transfer whose control centre has gone silent."""
        if now_s >= self.deadline_s and self._file is not None:
            self._note(f"{self._name}: file {self._file.key}: {self.state.value} for {self._settings.timeout_s:g} s")
            self._break_off()

    def close(self) -> None:
        """The connection was stopped or closed: a transfer starts anew on the next one."""
        self._waiting.clear()
        self._end()
        self._shelf.changed = lambda: None

    def _called(self, asdu: Asdu, item: CallFile, raw: bytes) -> None:
        key, what = FileKey(asdu.common_address, item.address, item.name), units.low_bits(item.scq)
        if asdu.cause == Cause.REQUEST:
            self._call_directory(asdu, what, raw)
        elif what in (Call.DEACTIVATE_FILE, Call.DEACTIVATE_SECTION):
            self._deactivate(key)
        elif what == Call.DELETE_FILE:
            self._delete(key)
        elif what in (Call.SELECT_FILE, Call.REQUEST_FILE):
            self._call_file(key, Call(what))
        elif what in (Call.SELECT_SECTION, Call.REQUEST_SECTION):
            self._call_section(key, Call(what), item.section)
        else:
            self.refuse(raw, Cause.UNKNOWN_CAUSE)

    def _call_directory(self, asdu: Asdu, what: int, raw: bytes) -> None:
        if what != Call.DIRECTORY:
            self.refuse(raw, Cause.UNKNOWN_CAUSE)
            return
        self._waiting.extend(self._encode(unit) for unit in self._shelf.directory(asdu.common_address))

    def _call_file(self, key: FileKey, what: Call) -> None:
        file = self._shelf.find(key) if what is Call.SELECT_FILE else self._active(key)
        if file is None or not self._enter(_CALLS[what]):
            self._send(units.file_ready(key, 0, positive=False))
        elif what is Call.SELECT_FILE:
            self._load(file)
        else:
            self._offer(1)

    def _load(self, file: OfferedFile) -> None:
        self._file, self._repeats, self._sums = file, 0, {}
        asked = self._loading = object()

        def deliver(content: bytes | None) -> None:
            if self._loading is asked:
                self._loading = None
                self._loaded(file, content)
                self._wake()

        self._shelf.load(file, deliver)

    def _loaded(self, file: OfferedFile, content: bytes | None) -> None:
        self._moved = True
        if not content:
            self._send(units.file_ready(file.key, 0, positive=False))
            self._end()
            return
        self._enter(Input.LOADED)
        self._sections = Sections(content, self._settings.section)
        self._send(units.file_ready(file.key, len(content), positive=True))

    def _call_section(self, key: FileKey, what: Call, section: int) -> None:
        content = self._sections.section(section) if self._active(key) is not None else b""
        wrong = what is Call.REQUEST_SECTION and section != self._section
        if not content or wrong or not self._enter(_CALLS[what]):
            self._send(units.section_ready(key, section, 0, positive=False))
        elif what is Call.SELECT_SECTION:
            self._offer(section)
        else:
            self._position = self._checksum = 0

    def _offer(self, section: int) -> None:
        self._section, self._current = section, self._sections.section(section)
        if self._file is not None:
            self._send(units.section_ready(self._file.key, section, len(self._current), positive=True))

    def _next_segment(self) -> bytes | None:
        if self._file is None:
            return None
        data = self._current[self._position : self._position + self._settings.segment]
        if data:
            self._position += len(data)
            self._checksum += sum(data)
            return self._encode(units.segment(self._file.key, self._section, data))
        self._enter(Input.SENT)
        return self._encode(units.last(self._file.key, self._section, Last.SECTION, self._checksum))

    def _acknowledged(self, key: FileKey, item: AckFile) -> None:
        """Of another file, or when nothing is to be acknowledged: nothing happens."""
        what = units.low_bits(item.afq)
        if self._active(key) is None:
            return
        if what == Ack.SECTION and item.section == self._section:
            self._section_arrived()
        elif what == Ack.SECTION_REFUSED and self._enter(Input.SECTION_REFUSED):
            self._repeats += 1
            self._offer(self._section) if self._repeats <= _MOST_REPEATS else self._break_off()
        elif what in (Ack.FILE, Ack.FILE_REFUSED) and self._enter(Input.FILE_ACK):
            if what == Ack.FILE:
                self._shelf.taken(key)
            self._end()

    def _section_arrived(self) -> None:
        more = self._section < len(self._sections)
        if self._file is None or not self._enter(Input.NEXT_SECTION if more else Input.NO_SECTION):
            return
        self._sums[self._section] = self._checksum
        if more:
            self._offer(self._section + 1)
        else:
            self._send(units.last(self._file.key, self._section, Last.FILE, self._file_checksum()))

    def _deactivate(self, key: FileKey) -> None:
        file = self._active(key)
        if file is not None:
            self._end()
        self._send(units.file_ready(key, file.length if file is not None else 0, positive=file is not None))

    def _delete(self, key: FileKey) -> None:
        file = self._shelf.find(key)
        allowed = file is not None and self._shelf.delete is not None and self._active(key) is None
        if file is not None and self._shelf.delete is not None and allowed:
            self._shelf.drop(key)
            self._shelf.delete(file)
        self._send(units.file_ready(key, file.length if file is not None else 0, positive=allowed))

    def _active(self, key: FileKey) -> OfferedFile | None:
        return self._file if self._file is not None and self._file.key == key else None

    def _break_off(self) -> None:
        if self._file is not None:
            self._send(units.last(self._file.key, self._section, Last.FILE_BROKEN_OFF, sum(self._sums.values())))
        self._end()

    def _end(self) -> None:
        self._enter(Input.END)
        self._file = self._loading = None
        self._sections, self._current = Sections(b"", self._settings.section), b""
        self.deadline_s = math.inf

    def _file_checksum(self) -> int:
        """Of the whole file, sections that were not asked for included."""
        numbers = range(1, len(self._sections) + 1)
        return sum(self._sums[n] if n in self._sums else sum(self._sections.section(n)) for n in numbers)

    def _enter(self, happened: Input) -> bool:
        """False where the table does not allow it."""
        state = TRANSITIONS.get((self.state, happened))
        self.state = state or self.state
        return state is not None

    def _touch(self, now_s: float) -> None:
        self.deadline_s = now_s + self._settings.timeout_s if self.state is not State.IDLE else math.inf

    def _send(self, unit: Asdu) -> None:
        self._waiting.append(self._encode(unit))
