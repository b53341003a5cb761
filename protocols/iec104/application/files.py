"""Objects of file transfer, types 120-127 (IEC 60870-5-101 7.3.6; QueryLog: edition 2 of IEC 60870-5-104), as records.

name: NOF, the name of the file 1..65535 (0: the default). section: NOS, 1..255, 0 where the file as a whole is meant.
length: LOF in octets, 0..16777215. The qualifiers keep their names in the standard: FRQ and SRQ (bit 7: 0 is the
positive answer), SCQ and AFQ (lower four bits what is asked or acknowledged, upper four bits why it fails), LSQ, SOF.
"""

from __future__ import annotations

from typing import NamedTuple


class FileReady(NamedTuple):
    """120: the file is ready, or not (FRQ bit 7)."""

    address: int
    name: int
    length: int
    frq: int = 0


class SectionReady(NamedTuple):
    """121: the section is ready, or not (SRQ bit 7). length: of the section."""

    address: int
    name: int
    section: int
    length: int
    srq: int = 0


class CallFile(NamedTuple):
    """122: select, call, deactivate or delete a file or a section; with cause 5 it asks for the directory."""

    address: int
    name: int
    section: int = 0
    scq: int = 0


class LastSection(NamedTuple):
    """123: the last segment of a section or the last section of the file; checksum: CHS, sum of octets modulo 256."""

    address: int
    name: int
    section: int
    lsq: int
    checksum: int = 0


class AckFile(NamedTuple):
    """124: the file or the section has arrived, well or not."""

    address: int
    name: int
    section: int
    afq: int


class Segment(NamedTuple):
    """125: at most 236 octets of a section (LOS is their number)."""

    address: int
    name: int
    section: int
    data: bytes


class DirectoryEntry(NamedTuple):
    """126: one file. SOF: lower five bits status, 5 last file of the directory, 6 is a directory, 7 being transferred.

    time_ns: creation in ns UTC, None where it is no date; quality: clock bits of Quality of that time.
    """

    address: int
    name: int
    length: int
    sof: int
    time_ns: int | None
    quality: int = 0


class QueryLog(NamedTuple):
    """127: asks for the archive file of a period, ns UTC; None where the peer sent no date."""

    address: int
    name: int
    start_ns: int | None
    stop_ns: int | None
    quality: int = 0


FileObject = FileReady | SectionReady | CallFile | LastSection | AckFile | Segment | DirectoryEntry | QueryLog
