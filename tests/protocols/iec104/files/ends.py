"""Both ends of file transfer joined without a link: what one sends the other takes, by the codec, in virtual time."""

from __future__ import annotations

from collections.abc import Callable

from protocols.iec104.application import codec
from protocols.iec104.application.asdu import Asdu
from protocols.iec104.files.fetcher import FileFetcher
from protocols.iec104.files.sender import FileSender
from protocols.iec104.files.settings import Fetch, FetchSettings, OfferSettings
from protocols.iec104.files.shelf import Deliver, Shelf
from protocols.iec104.files.units import FileKey, OfferedFile
from protocols.iec104.files.wanted import RemoteFile

STATION = 103
TIME_NS = 1_800_000_000_000_000_000


def key(number: int = 1, station: int = STATION) -> FileKey:
    return FileKey(station, 50_000 + number, 1)


class Device:
    """A station with files. `load` may be held back; what is asked meanwhile waits in `loads`."""

    def __init__(self, **settings: int | float) -> None:
        self.contents: dict[FileKey, bytes] = {}
        self.shelf = Shelf(self._load)
        self.settings = OfferSettings(**settings)  # type: ignore[arg-type]
        self.holds = False
        self.loads: list[tuple[OfferedFile, Deliver]] = []

    def put(self, content: bytes, number: int = 1, time_ns: int = TIME_NS) -> FileKey:
        name = key(number)
        self.contents[name] = content
        self.shelf.put(OfferedFile(name, len(content), time_ns))
        return name

    def _load(self, file: OfferedFile, deliver: Deliver) -> None:
        if self.holds:
            self.loads.append((file, deliver))
        else:
            deliver(self.contents.get(file.key))


class Ends:
    """One connection. tamper: what becomes of an ASDU of the device; `stored` answers what was fetched."""

    def __init__(self, device: Device, fetch: Fetch = Fetch.ALL, **settings: int | float | bool) -> None:
        self.now_s = 0.0
        self.device = device
        self.notes: list[str] = []
        self.files: list[tuple[RemoteFile, bytes]] = []
        self.answered = 0
        self.heard: list[Asdu] = []
        self.asked: list[Asdu] = []
        self.stores: bool | None = True  # None: nothing is answered
        self.tamper: Callable[[Asdu], list[Asdu]] = lambda unit: [unit]
        self.sender = self.new_sender()
        settings_ = FetchSettings(fetch, **settings)  # type: ignore[arg-type]
        self.fetcher = FileFetcher(settings_, [STATION], codec.encode, lambda _, text, now_s: self.notes.append(text))
        self.fetcher.on_file = lambda file, content: self.files.append((file, content))

    def new_sender(self) -> FileSender:
        device = self.device
        return FileSender("centre", device.shelf, device.settings, codec.encode, self.notes.append, lambda: None)

    def step(self) -> int:
        """One turn of each side; how many ASDUs went over."""
        up, down = self.fetcher.next_unit(self.now_s), self.sender.next_unit(self.now_s)
        if up is not None:
            asdu = codec.decode(up)
            self.asked.append(asdu)
            self.sender.take(asdu, up)
        tampered = [] if down is None else self.tamper(codec.decode(down))
        for unit in tampered:
            self.heard.append(unit)
            self.fetcher.take(unit, self.now_s)
        if len(self.files) > self.answered and self.stores is not None:
            self.answered = len(self.files)
            self.fetcher.stored(self.stores, self.now_s)
        return (up is not None) + (down is not None) + len(tampered)

    def run(self, most: int = 1_000_000) -> None:
        """Until both are silent."""
        count = 0
        while moved := self.step():
            count += moved
            assert count < most, "no end in sight"

    def wait(self, seconds: float) -> None:
        """Time passes; whoever is due does what is due."""
        self.now_s += seconds
        for side in (self.fetcher, self.sender):
            if side.deadline_s <= self.now_s:
                side.tick(self.now_s)

    @property
    def contents(self) -> list[bytes]:
        return [content for _, content in self.files]
