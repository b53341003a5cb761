"""File transfer at the controlling station: one file after the other, each checked, stored, and only then acknowledged.

The device answers as files/sender.py describes. Nothing it says is believed: lengths, section numbers and checksums
must fit, sizes are bounded, an attempt without progress is deactivated, and a file is tried a few times.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable
from enum import Enum

from models.errors import LocalProtocolError
from protocols.iec104.application.asdu import Asdu
from protocols.iec104.application.cause import REFUSALS, Cause
from protocols.iec104.application.files import (
    CallFile,
    DirectoryEntry,
    FileReady,
    LastSection,
    SectionReady,
    Segment,
)
from protocols.iec104.files import units
from protocols.iec104.files.directories import Directories
from protocols.iec104.files.sections import Assembly
from protocols.iec104.files.settings import Fetch, FetchSettings
from protocols.iec104.files.units import Ack, Call, Fault, FileKey, Last
from protocols.iec104.files.wanted import ATTEMPTS, MOST_WANTED, Known, RemoteFile, Wanted

_SECTION_REPEATS = 2
_MOST_NOTES = 100


class State(Enum):
    IDLE = "idle"
    LISTING = "waits for the directory"
    SELECTING = "waits for file ready"
    REQUESTING = "waits for section ready"
    RECEIVING = "receives segments"
    BETWEEN = "waits for the next section or the end of the file"
    STORING = "file is being stored"
    DELETING = "waits for the deletion"


class Input(Enum):
    LIST = "directory called"
    LISTED = "last directory entry"
    SELECT = "file selected"
    FILE_READY = "file ready"
    SECTION_READY = "section ready"
    SECTION_END = "section complete"
    SECTION_WRONG = "section does not fit its announcement"
    FILE_END = "file complete"
    STORED = "file stored"
    DELETE = "file stored, to be deleted"
    FAILED = "refused, broken off, wrong, or no progress"


_FETCHING = (State.SELECTING, State.REQUESTING, State.RECEIVING, State.BETWEEN, State.STORING)

TRANSITIONS: dict[tuple[State, Input], State] = {
    (State.IDLE, Input.LIST): State.LISTING,
    (State.LISTING, Input.LISTED): State.IDLE,
    (State.LISTING, Input.FAILED): State.IDLE,
    (State.IDLE, Input.SELECT): State.SELECTING,
    (State.SELECTING, Input.FILE_READY): State.REQUESTING,
    (State.REQUESTING, Input.SECTION_READY): State.RECEIVING,
    (State.RECEIVING, Input.SECTION_READY): State.RECEIVING,
    (State.BETWEEN, Input.SECTION_READY): State.RECEIVING,
    (State.RECEIVING, Input.SECTION_END): State.BETWEEN,
    (State.RECEIVING, Input.SECTION_WRONG): State.RECEIVING,
    (State.BETWEEN, Input.FILE_END): State.STORING,
    (State.STORING, Input.STORED): State.IDLE,
    (State.STORING, Input.DELETE): State.DELETING,
    (State.DELETING, Input.STORED): State.IDLE,
    (State.DELETING, Input.FAILED): State.IDLE,
    **{(state, Input.FAILED): State.IDLE for state in _FETCHING},
}
"""What is not here is not expected: it fails the attempt if it is about the file that is being fetched."""

_WORDS = {value: text.replace("command", "request") for value, text in REFUSALS.items()}


class FileFetcher:
    """note: (subject, line for people, now_s); encode: an Asdu as octets.

    on_file: (file, content) once complete, to be answered by `stored`; without it nothing is fetched. known: what was
    fetched before.
    """

    def __init__(
        self,
        settings: FetchSettings,
        stations: list[int],
        encode: Callable[[Asdu], bytes],
        note: Callable[[str, str, float], None],
    ) -> None:
        self.known = Known()
        self.on_file: Callable[[RemoteFile, bytes], None] | None = None
        self.state = State.IDLE
        self.deadline_s = math.inf
        self._settings, self._note, self._encode = settings, note, encode
        self._stations = frozenset(stations)
        self._waiting: deque[bytes] = deque()
        self._directories = Directories()
        self._wanted = Wanted(settings.most_octets)
        self._deactivated: set[FileKey] = set()  # what is said of them may be the answer to that
        self._noted = 0
        self._file: RemoteFile | None = None
        self._assembly = Assembly()
        self._sections = 0  # of the file that is being stored

    def begin(self) -> None:
        """Data transfer was started."""
        if self._settings.fetch is Fetch.ALL and self.on_file is not None:
            for common_address in sorted(self._stations):
                self._directories.want(FileKey(common_address, 0, 0))

    def take(self, asdu: Asdu, now_s: float) -> None:
        """A unit of types 120-127 from the device."""
        if self.on_file is None or self._settings.fetch is Fetch.NEVER or asdu.common_address not in self._stations:
            return
        for item in asdu.objects:
            if isinstance(item, CallFile):
                self._refused(asdu, item, now_s)
            elif isinstance(item, DirectoryEntry):
                self._listed(asdu, item, now_s)
            elif isinstance(item, FileReady | SectionReady | Segment | LastSection):
                self._take(FileKey(asdu.common_address, item.address, item.name), item, now_s)

    def _take(self, key: FileKey, item: FileReady | SectionReady | Segment | LastSection, now_s: float) -> None:
        if self._file is None or self._file.key != key:
            if isinstance(item, FileReady) and not units.is_negative(item.frq) and key not in self._deactivated:
                self._want(RemoteFile(None, key, item.length), now_s)
        elif self.state is State.STORING:
            return  # ours to finish
        elif isinstance(item, FileReady):
            self._file_ready(item, now_s)
        elif isinstance(item, SectionReady):
            self._section_ready(item, now_s)
        elif isinstance(item, Segment):
            self._segment(item, now_s)
        else:
            self._last(item, now_s)

    def next_unit(self, now_s: float) -> bytes | None:
        """What is to be sent next; the caller asks when nobody else wants the window."""
        if not self._waiting and self.state is State.IDLE:
            self._begin_next(now_s)
        return self._waiting.popleft() if self._waiting else None

    def _begin_next(self, now_s: float) -> None:
        if self._directories:
            self._advance(Input.LIST, now_s)
            self._send(units.call(self._directories.first, Call.DIRECTORY))
            return
        file = self._wanted.next(now_s)
        if file is not None:
            self._file = file
            self._advance(Input.SELECT, now_s)
            self._send(units.call(file.key, Call.SELECT_FILE))
        else:
            self._rest()

    def _rest(self) -> None:
        """Nothing to do now; a file that has failed is tried again later."""
        later_s = self._wanted.next_s()
        self.deadline_s = math.inf if later_s is None else later_s

    def tick(self, now_s: float) -> None:
        """Give up what makes no progress."""
        if now_s < self.deadline_s:
            return
        self.deadline_s = math.inf
        if self.state is State.LISTING:
            self._tell(f"sends no directory of files within {self._settings.timeout_s:g} s", now_s)
            self._end_listing(now_s, Input.FAILED)
        elif self.state is State.DELETING:
            self._tell("does not confirm that it has deleted a file", now_s)
            self._finish(Input.FAILED)
        elif self.state is not State.IDLE:  # else a file is due again, which the next unit is about
            self._fail(f"no progress for {self._settings.timeout_s:g} s while it {self.state.value}", now_s)

    def stored(self, is_stored: bool, now_s: float) -> None:
        """The file handed to `on_file` is safe, or could not be stored. LocalProtocolError when there is none."""
        file = self._file
        if self.state is not State.STORING or file is None:
            raise LocalProtocolError("no file waits to be stored; answer each file once")
        if not is_stored:
            self._send(units.acknowledgement(file.key, self._sections, Ack.FILE_REFUSED, Fault.NO_MEMORY))
            self._fail("it could not be stored", now_s, deactivate=False)
            return
        self.known.add(file)
        self._send(units.acknowledgement(file.key, self._sections, Ack.FILE))
        if self._settings.delete:
            self._send(units.call(file.key, Call.DELETE_FILE))
            self._advance(Input.DELETE, now_s)
        else:
            self._finish(Input.STORED)

    def _want(self, file: RemoteFile, now_s: float) -> None:
        if file in self.known or file.key.name == 0 or (self._file is not None and self._file.key == file.key):
            return
        if text := self._wanted.offer(file):
            self._tell(text, now_s)

    def _listed(self, asdu: Asdu, item: DirectoryEntry, now_s: float) -> None:
        key = FileKey(asdu.common_address, item.address, item.name)
        if item.sof & units.IS_DIRECTORY:
            if self._settings.fetch is Fetch.ALL:
                self._directories.want(key)
        else:
            self._want(RemoteFile(item.time_ns, key, item.length), now_s)
        if self.state is not State.LISTING or asdu.cause != Cause.REQUEST:
            return
        self._touch(now_s)
        if item.sof & units.LAST_OF_DIRECTORY and asdu.common_address == self._directories.first.common_address:
            self._end_listing(now_s, Input.LISTED)

    def _end_listing(self, now_s: float, how: Input) -> None:
        self._directories.ended()
        self._advance(how, now_s)

    def _refused(self, asdu: Asdu, item: CallFile, now_s: float) -> None:
        """Our own request came back: the device does not know the type, the station or the object."""
        key = FileKey(asdu.common_address, item.address, item.name)
        reason = _WORDS.get(asdu.cause, "the device refuses")
        if self.state is State.LISTING and key == self._directories.first:
            self._tell(f"has no directory of files: {reason}", now_s)
            self._end_listing(now_s, Input.FAILED)
        elif self.state is State.DELETING and self._file is not None and key == self._file.key:
            self._tell(f"does not delete file {key}: {reason}", now_s)
            self._finish(Input.FAILED)
        elif self._file is not None and key == self._file.key:
            self._fail(reason, now_s, deactivate=False)

    def _file_ready(self, item: FileReady, now_s: float) -> None:
        negative = units.is_negative(item.frq)
        if self.state is State.DELETING:
            if negative:
                self._tell(f"does not delete file {self._name()}", now_s)
            self._finish(Input.FAILED if negative else Input.STORED)
        elif negative:
            self._fail("the device does not make it ready", now_s, deactivate=False)
        elif item.length > self._settings.most_octets:
            self._fail(f"{item.length} octets are more than we take", now_s)
        elif self._expected(Input.FILE_READY, now_s):
            self._assembly = Assembly(item.length)
            self._send(units.call(self._key(), Call.REQUEST_FILE))

    def _section_ready(self, item: SectionReady, now_s: float) -> None:
        file = self._assembly
        again = self.state is State.RECEIVING and item.section == file.section
        begun = again and file.is_begun
        file.repeats += begun
        if units.is_negative(item.srq):
            self._fail(f"section {item.section} is not ready", now_s)
        elif not again and (item.section != file.section + 1 or self.state is State.RECEIVING):
            self._fail(f"section {item.section} comes after section {file.section}", now_s)
        elif item.length == 0 or file.size + item.length > (file.length or self._settings.most_octets):
            self._fail(f"section {item.section} of {item.length} octets does not fit into its file", now_s)
        elif file.repeats > _SECTION_REPEATS:
            self._fail(f"section {item.section} is begun again and again", now_s)
        elif self._expected(Input.SECTION_READY, now_s) and (begun or not again):
            file.begin(item.section, item.length)
            self._send(units.call(self._key(), Call.REQUEST_SECTION, item.section))

    def _segment(self, item: Segment, now_s: float) -> None:
        if self.state is not State.RECEIVING or item.section != self._assembly.section:
            self._fail(f"a segment of section {item.section} comes out of turn", now_s)
        elif not self._assembly.add(item.data):
            self._fail(f"section {item.section} is longer than announced", now_s)
        elif item.data:  # else it is no progress
            self._touch(now_s)

    def _last(self, item: LastSection, now_s: float) -> None:
        if item.lsq in (Last.FILE_BROKEN_OFF, Last.SECTION_BROKEN_OFF):
            self._fail("the device broke it off", now_s, deactivate=False)
        elif item.lsq == Last.SECTION:
            self._end_section(item, now_s)
        elif item.lsq == Last.FILE:
            self._end_file(item, now_s)

    def _end_section(self, item: LastSection, now_s: float) -> None:
        file = self._assembly
        if self.state is not State.RECEIVING or item.section != file.section:
            self._fail(f"section {item.section} ends out of turn", now_s)
        elif file.end(item.checksum):
            self._expected(Input.SECTION_END, now_s)
            self._send(units.acknowledgement(self._key(), file.section, Ack.SECTION))
        elif file.repeats < _SECTION_REPEATS:
            file.repeats += 1
            file.begin(file.section, file.announced)
            self._expected(Input.SECTION_WRONG, now_s)
            self._send(units.acknowledgement(self._key(), file.section, Ack.SECTION_REFUSED, Fault.CHECKSUM))
            self._send(units.call(self._key(), Call.REQUEST_SECTION, file.section))
        else:
            self._fail(f"section {item.section} comes wrong again and again (length or checksum)", now_s)

    def _end_file(self, item: LastSection, now_s: float) -> None:
        file = self._file
        if self.state is not State.BETWEEN or file is None or self.on_file is None:
            self._fail("the file ends out of turn", now_s)
            return
        content = self._assembly.content(item.checksum)
        if content is None:
            self._send(units.acknowledgement(file.key, self._assembly.section, Ack.FILE_REFUSED, Fault.CHECKSUM))
            self._fail("length or checksum of the file is wrong", now_s, deactivate=False)
        else:
            self._expected(Input.FILE_END, now_s)
            self._sections, self._assembly = self._assembly.section, Assembly()
            self.deadline_s = math.inf  # ours to finish, not the device's
            self.on_file(file, content)

    def _expected(self, happened: Input, now_s: float) -> bool:
        if (self.state, happened) in TRANSITIONS:
            self._advance(happened, now_s)
            return True
        self._fail(f"{happened.value} comes while it {self.state.value}", now_s)
        return False

    def _advance(self, happened: Input, now_s: float) -> None:
        self.state = TRANSITIONS[self.state, happened]
        self._touch(now_s)

    def _fail(self, reason: str, now_s: float, deactivate: bool = True) -> None:
        file = self._file
        if file is None or self.state not in _FETCHING:
            return
        if deactivate:
            self._waiting.clear()
            self._send(units.call(file.key, Call.DEACTIVATE_FILE))
            self._deactivated = {file.key} if len(self._deactivated) > MOST_WANTED else self._deactivated | {file.key}
        self._finish(Input.FAILED)
        if self._wanted.failed(file, now_s):
            self._tell(f"file {file.key} cannot be fetched ({ATTEMPTS} attempts): {reason}", now_s)
        self._rest()

    def _finish(self, how: Input) -> None:
        self.state = TRANSITIONS[self.state, how]
        self._file, self._assembly = None, Assembly()
        self.deadline_s = math.inf

    def _tell(self, text: str, now_s: float) -> None:
        self._noted += 1
        if self._noted <= _MOST_NOTES:
            self._note(text, text, now_s)

    def _touch(self, now_s: float) -> None:
        self.deadline_s = now_s + self._settings.timeout_s if self.state is not State.IDLE else math.inf

    def _key(self) -> FileKey:
        return self._file.key if self._file is not None else FileKey(0, 0, 0)

    def _name(self) -> str:
        return str(self._key())

    def _send(self, unit: Asdu) -> None:
        self._waiting.append(self._encode(unit))
