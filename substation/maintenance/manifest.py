"""The manifest of a bundle: what it is, whom it is for, until when, and the hash of every file. This is what is signed.

On the wire a CBOR map with text keys; unknown ones are refused, so that nobody signs what we do not understand.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from models.errors import RemoteProtocolError
from models.wire import cbor
from substation.maintenance.errors import BundleError
from substation.maintenance.file_list import FileEntry, problem_of

FORMAT = 1
_TIME_MAX = 2**63 - 1
HIGHEST_VERSION = 999_999_999


class Kind(Enum):
    CONFIGURATION = "configuration"
    SOFTWARE = "software"


class TargetKind(Enum):
    """Whether `for` names one unit or all units of a level."""

    UNIT = "unit"
    LEVEL = "level"


@dataclass(frozen=True, slots=True)
class Target:
    kind: TargetKind
    name: str

    def fits(self, unit: str, level: str) -> bool:
        return self.name == (unit if self.kind is TargetKind.UNIT else level)

    def __str__(self) -> str:
        return f"{self.kind.value} {self.name}"


@dataclass(frozen=True, slots=True)
class Manifest:
    """version: a number that rises with every bundle of its kind. not_before_ns, expires_ns: UTC; applied only between.

    minimum_product: least version of Ringmain that may take it ('0.1.0').
    """

    kind: Kind
    version: int
    target: Target
    made_ns: int
    not_before_ns: int
    expires_ns: int
    minimum_product: str
    files: tuple[FileEntry, ...]

    @property
    def octets(self) -> int:
        return sum(file.size for file in self.files)

    def __str__(self) -> str:
        return f"{self.kind.value} {self.version} for {self.target}"

    def encode(self) -> bytes:
        return cbor.encode(
            {
                "format": FORMAT,
                "kind": self.kind.value,
                "version": self.version,
                "target": [self.target.kind.value, self.target.name],
                "made": self.made_ns,
                "not_before": self.not_before_ns,
                "expires": self.expires_ns,
                "minimum_product": self.minimum_product,
                "files": [[file.name, file.size, file.sha256] for file in self.files],
            }
        )


def decode_manifest(octets: bytes) -> Manifest:
    """BundleError unless every field is there, of its type and in its bounds."""
    try:
        content = cbor.decode(octets)
    except RemoteProtocolError as error:
        raise BundleError(f"the manifest is {error}") from error
    if not isinstance(content, dict) or set(content) != _FIELDS or content["format"] != FORMAT:
        raise BundleError(f"the manifest is not of format {FORMAT}; make the bundle with a fitting version of Ringmain")
    manifest = Manifest(
        kind=_word(content, "kind", Kind),
        version=_integer(content, "version", 1, HIGHEST_VERSION),
        target=_target(content["target"]),
        made_ns=_integer(content, "made", 0, _TIME_MAX),
        not_before_ns=_integer(content, "not_before", 0, _TIME_MAX),
        expires_ns=_integer(content, "expires", 0, _TIME_MAX),
        minimum_product=_text(content["minimum_product"], "minimum_product"),
        files=_files(content["files"]),
    )
    if problem := problem_of(manifest.files):
        raise BundleError(f"the manifest is refused: {problem}")
    return manifest


_FIELDS = {
    "format", "kind", "version", "target", "made", "not_before", "expires", "minimum_product", "files",
}  # fmt: skip


def _word(content: Mapping[object, object], field: str, words: type[Kind]) -> Kind:
    try:
        return words(content[field])
    except ValueError as error:
        known = ", ".join(word.value for word in words)
        raise BundleError(f"the manifest's '{field}' is {content[field]!r}; one of {known} is expected") from error


def _integer(content: Mapping[object, object], field: str, least: int, most: int) -> int:
    value = content[field]
    if type(value) is not int or not least <= value <= most:
        raise BundleError(f"the manifest's '{field}' is {value!r}; {least} to {most} is expected")
    return value


def _text(value: object, field: str) -> str:
    if not isinstance(value, str) or not 0 < len(value) <= 512:
        raise BundleError(f"the manifest's '{field}' is {value!r:.100}; a text is expected")
    return value


def _target(value: object) -> Target:
    kinds = {kind.value: kind for kind in TargetKind}
    match value:
        case [str(kind), str(name)] if kind in kinds and 0 < len(name) <= 512:
            return Target(kinds[kind], name)
    raise BundleError(f"the manifest's 'target' is {value!r:.100}; ['unit' or 'level', name] is expected")


def _files(value: object) -> tuple[FileEntry, ...]:
    if not isinstance(value, list) or not value:
        raise BundleError("the manifest lists no files")
    return tuple(_file(each) for each in value)


def _file(value: object) -> FileEntry:
    match value:
        case [str(name), int(size), bytes(sha256)] if type(size) is int:
            return FileEntry(name, size, sha256)
    raise BundleError(f"the manifest lists {value!r:.100}; [name, size, SHA-256] is expected")
