"""Which files of a device a controlling station has, which it still wants, and in which order."""

from __future__ import annotations

from hashlib import blake2b
from typing import NamedTuple

from protocols.iec104.files.units import FileKey

MOST_WANTED = 1000
"""Of the files that a device lists, the newest are fetched; a lying directory must not fill the memory."""
MOST_KNOWN = 2 * MOST_WANTED
ATTEMPTS = 3
RETRY_S = 10.0


class RemoteFile(NamedTuple):
    """A file as the device has announced it. time_ns: creation, None where the device gave none."""

    time_ns: int | None
    key: FileKey
    length: int

    @property
    def identity(self) -> str:
        """Twelve characters for address, name, length and time: a device that uses a name again changes one of them."""
        return blake2b(repr((*self.key, self.length, self.time_ns)).encode(), digest_size=6).hexdigest()


class Known:
    """Files that were fetched, also before a restart: `text` goes there and back.

    A file that is forgotten, or announced once with and once without its time, is fetched once more than necessary.
    """

    def __init__(self, text: str = "") -> None:
        self.text = text
        self._identities = dict.fromkeys(each for each in text.split(",")[-MOST_KNOWN:] if each)

    def __contains__(self, file: RemoteFile) -> bool:
        return file.identity in self._identities

    def add(self, file: RemoteFile) -> None:
        self._identities.pop(file.identity, None)
        self._identities[file.identity] = None
        if len(self._identities) > MOST_KNOWN:
            del self._identities[next(iter(self._identities))]
        self.text = ",".join(self._identities)


class Wanted:
    """What is still to be fetched, the oldest first; each file is tried ATTEMPTS times per connection."""

    def __init__(self, most_octets: int) -> None:
        self._most_octets = most_octets
        self._truncated = self._too_large = False  # has been told
        self._files: dict[FileKey, RemoteFile] = {}
        self._failed: dict[str, int] = {}
        self._not_before_s = 0.0

    def offer(self, file: RemoteFile) -> str:
        """Want it, unless it is too large; what is to be told of that, once each, else ''."""
        if file.length > self._most_octets:
            told, self._too_large = self._too_large, True
            return (
                "" if told else f"offers file {file.key} of {file.length} octets, more than we take; it is left there"
            )
        if self._add(file):
            return ""
        told, self._truncated = self._truncated, True
        return "" if told else f"offers more than {MOST_WANTED} files: the newest are fetched"

    def _add(self, file: RemoteFile) -> bool:
        """A name that is announced again means the newer file. False when the oldest of too many had to give way."""
        if self._failed.get(file.identity, 0) < ATTEMPTS:
            self._files[file.key] = file
        return self._trim(2 * MOST_WANTED)  # seldom, since it sorts

    def next(self, now_s: float) -> RemoteFile | None:
        """The next file; it is not wanted any more unless `failed` puts it back."""
        if not self._files or now_s < self._not_before_s:
            return None
        self._trim(MOST_WANTED)
        first = min(self._files.values(), key=lambda file: (self._failed.get(file.identity, 0), _age(file)))
        return self._files.pop(first.key)

    def _trim(self, most: int) -> bool:
        if len(self._files) <= most:
            return True
        newest = sorted(self._files.values(), key=_age)[-MOST_WANTED:]
        self._files = {file.key: file for file in newest}
        return False

    def failed(self, file: RemoteFile, now_s: float) -> bool:
        """Try again later; True when that was the last time."""
        count = self._failed[file.identity] = self._failed.get(file.identity, 0) + 1
        if count >= ATTEMPTS:
            if len(self._failed) > MOST_KNOWN:
                self._failed.clear()
            return True
        self._files.setdefault(file.key, file)
        self._not_before_s = now_s + RETRY_S
        return False

    def next_s(self) -> float | None:
        """When `next` has a file; None when there is none."""
        return self._not_before_s if self._files else None


def _age(file: RemoteFile) -> tuple[int, FileKey]:
    return file.time_ns or 0, file.key
