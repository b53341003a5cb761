"""Reads an SCL file (IEC 61850-6, editions 1 to 2.1) into models.scl.elements.Scl, piece by piece."""

from __future__ import annotations

from dataclasses import replace
from io import SEEK_END, BytesIO
from typing import BinaryIO

from models.scl.capabilities import Edition, edition_of, kind_of
from models.scl.communication import read_connections
from models.scl.consistency import check
from models.scl.device import DeviceReader
from models.scl.document import Document, Element, Progress, stated
from models.scl.elements import Ied, Scl
from models.scl.findings import Findings
from models.scl.instances import PathTable
from models.scl.process import ProcessReader
from models.scl.templates import Templates

_EXCHANGE = "engRight"


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
    document = Document(source, file, size, progress)
    ieds, exchanged = _ieds(document, findings)
    root = document.root
    process = ProcessReader(file)
    process.read(root)
    for each in process.findings:
        findings.add(each)
    connections = read_connections(root, findings)
    templates = Templates(root, findings)
    scl = Scl(
        file=file,
        places=process.places,
        uses=tuple(process.uses),
        ieds=ieds,
        connections=connections,
        templates=templates,
        findings=(),
        edition=_edition(root, findings),
        kind=kind_of(file, [each.name for each in ieds], bool(process.places), exchanged),
    )
    check(scl, findings)
    return replace(scl, findings=findings.blocking, remarks=findings.remarks)


def _ieds(document: Document, findings: Findings) -> tuple[tuple[Ied, ...], bool]:
    """The IEDs, and whether one of them states engineering rights."""
    found: dict[str, Ied] = {}
    exchanged, paths = False, PathTable()
    for element in document.ieds():
        exchanged = exchanged or element.get(_EXCHANGE) is not None
        ied = DeviceReader(element, findings, paths).read()
        first = found.setdefault(ied.name, ied)
        if first is not ied:
            problem = f"IED '{ied.name}' stands already in line {first.line}"
            findings.danger(ied.line, problem, "rename or remove one of them")
    return tuple(found.values()), exchanged


def _edition(root: Element, findings: Findings) -> Edition:
    found = edition_of(root)
    if found is None:
        problem = f"version '{stated(root, 'version')}' of SCL is unknown, the file is read like edition 2.1"
        findings.remark(None, problem, "nothing is to be done where it shows what you expect")
    return found or Edition.ED2_1
