"""Reads an SCL file (IEC 61850-6, editions 1 to 2.1) into models.scl.elements.Scl, piece by piece."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from io import SEEK_END, BytesIO
from typing import BinaryIO

from models.scl.capabilities import Edition, edition_of, kind_of
from models.scl.communication import CommunicationReader
from models.scl.consistency import check
from models.scl.declarations import DeclarationReader
from models.scl.device import DevicesReader
from models.scl.document import Document, Element, Progress, kind, stated
from models.scl.elements import Scl
from models.scl.findings import Findings
from models.scl.process import ROOTS, ProcessReader
from models.scl.templates import Templates


def read_scl(data: bytes | BinaryIO, file: str, progress: Progress | None = None) -> Scl:
    """Everything of the file that we use; `file` is its name for messages. progress: told the share that is read.

    data: its octets, or the open file, of which only one device is in memory at a time. Raises ConfigError when it is
    no SCL at all. What is wrong inside stands in `findings`; the rest remains usable.
    """
    source = BytesIO(data) if isinstance(data, bytes) else data
    size = source.seek(0, SEEK_END)
    source.seek(0)
    return _read(source, file, size, progress)


def _read(source: BinaryIO, file: str, size: int, progress: Progress | None) -> Scl:
    findings = Findings(file)
    process, devices = ProcessReader(file), DevicesReader(findings)
    communication, types = CommunicationReader(findings), DeclarationReader(findings)
    readers: dict[str, Callable[[Element], None]] = {
        **dict.fromkeys(ROOTS, process.section),
        "IED": devices.section,
        "Communication": communication.section,
        "DataTypeTemplates": types.section,
    }
    early = {"LNode": process.node}
    document = Document(source, file, size, readers, early, progress)
    readers |= early
    for each in document.sections():
        readers[kind(each)](each)
    for finding in process.findings:
        findings.add(finding)
    names = [each.name for each in devices.ieds]
    scl = Scl(
        file=file,
        places=process.places,
        uses=tuple(process.uses),
        ieds=devices.ieds,
        connections=communication.connections,
        templates=Templates(types.found, findings),
        findings=(),
        edition=_edition(document.root, findings),
        kind=kind_of(file, names, bool(process.places), devices.exchanged),
    )
    check(scl, findings)
    return replace(scl, findings=findings.blocking, remarks=findings.remarks)


def _edition(root: Element, findings: Findings) -> Edition:
    found = edition_of(root)
    if found is None:
        problem = f"version '{stated(root, 'version')}' of SCL is unknown, the file is read like edition 2.1"
        findings.remark(None, problem, "nothing is to be done where it shows what you expect")
    return found or Edition.ED2_1
