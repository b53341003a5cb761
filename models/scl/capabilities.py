"""What an IED says that it can do (`Services`), and which kind and edition of file says it (IEC 61850-6)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from models.scl.document import Element, children, kind, stated


class Edition(Enum):
    """Of IEC 61850-6, as `version`, `revision` and `release` of the root element state it."""

    ED1 = "1"
    ED2 = "2"
    ED2_1 = "2.1"


class FileKind(Enum):
    """Of an SCL file: what stands in it decides, its extension where that leaves a choice."""

    SSD = "SSD"  # system specification: process, no device
    SCD = "SCD"  # system configuration
    ICD = "ICD"  # capability of a type of device
    CID = "CID"  # one configured device
    IID = "IID"  # one instantiated device
    SED = "SED"  # exchange between projects


@dataclass(frozen=True, slots=True)
class Services:
    """Services of an IED or access point. present: names of all elements; settings: attributes of those that have some.

    The services that `present` names may be limited in `settings` (`max`).
    """

    present: frozenset[str] = frozenset()
    settings: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def __contains__(self, name: str) -> bool:
        return name in self.present

    def number(self, name: str, attribute: str = "max") -> int:
        """0 where the file is silent or writes no number."""
        text = self.settings.get(name, {}).get(attribute, "")
        return int(text) if text.isdecimal() and len(text) < 10 else 0

    def says(self, name: str, attribute: str) -> str:
        """'Dyn', 'Conf', 'Fix' of ReportSettings, 'true'...; '' where the file is silent."""
        return self.settings.get(name, {}).get(attribute, "")

    @property
    def makes_data_sets(self) -> bool:
        """Whether a client may make data sets at run time."""
        return "DynDataSet" in self.present

    @property
    def has_files(self) -> bool:
        return "FileHandling" in self.present

    @property
    def has_setting_groups(self) -> bool:
        """Whether a client may switch them (SGEdit beneath: edit them too)."""
        return "SettingGroups" in self.present


NO_SERVICES = Services()


def read_services(above: Element) -> Services:
    """Those of an IED or AccessPoint; names below SettingGroups and ClientServices count like all others."""
    names: set[str] = set()
    settings: dict[str, dict[str, str]] = {}
    for section in children(above, "Services"):
        for each in section.iter():
            name = kind(each)
            if not name or each is section:
                continue
            names.add(name)
            if each.attrib:
                settings.setdefault(name, {}).update({str(key): stated(each, str(key)) for key in each.attrib})
    return Services(frozenset(names), settings) if names else NO_SERVICES


def edition_of(root: Element) -> Edition | None:
    """None for a version that this reader has never heard of; it is read like the newest."""
    version, revision = stated(root, "version"), stated(root, "revision").upper()
    if version in ("", "2003", "1", "1.0"):
        return Edition.ED1
    if version != "2007":
        return None
    release = stated(root, "release", "1")
    late = release.isdecimal() and int(release[:4]) >= 4
    return Edition.ED2 if revision in ("", "A") or (revision == "B" and not late) else Edition.ED2_1


def kind_of(file: str, names: list[str], has_process: bool, engineering_rights: bool) -> FileKind:
    """names: of the IEDs. engineering_rights: whether one states `engRight`, which only exchange files do."""
    extension = file.rpartition(".")[2].upper()
    hint = FileKind[extension] if extension in FileKind.__members__ else None
    if engineering_rights or hint is FileKind.SED:
        return FileKind.SED
    if not names:
        return FileKind.SSD if has_process or hint is None else hint
    if len(names) > 1:
        return FileKind.SCD
    if names == ["TEMPLATE"]:
        return FileKind.ICD
    if hint is not None and hint is not FileKind.SSD:
        return hint
    return FileKind.SCD if has_process else FileKind.IID
