"""`unit.toml`: what one management unit is, reads, serves and may do. An unknown key is an error with its line."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from models.config import Table, read_toml
from models.errors import ConfigError
from substation.audit.settings import AuditSettings, read_audit
from substation.control.centre_hold import CentreHold, read_centre_hold
from substation.control.rule_settings import RuleSettings, read_rules
from substation.control.settings import ControlSettings, read_control
from substation.data_groups.settings import DataSettings, read_data, read_level
from substation.field.settings import FieldSettings, read_field
from substation.hierarchy.settings import HierarchySettings, read_hierarchy
from substation.history.settings import HistorySettings, read_history
from substation.image import Mode
from substation.lateness import read_late
from substation.level import Level
from substation.links.settings import LinksSettings, read_links
from substation.maintenance.settings import MaintenanceSettings, read_maintenance
from substation.members.settings import MemberSettings, read_members
from substation.mv.der.settings import DerSettings, read_der
from substation.mv.earth.settings import EarthFaultSettings, read_earth_faults
from substation.mv.losses.settings import LossSettings, read_losses
from substation.mv.opf.settings import OpfSettings, read_opf
from substation.mv.preferences import Preferences, read_preferences
from substation.mv.prevention.settings import PreventionSettings, read_prevention
from substation.mv.vvc.settings import VvcSettings, read_vvc
from substation.northbound.agreed.settings import ControlCentre, ListenAddress, read_control_centres, read_listen
from substation.privacy.settings import SumSettings, read_sums
from substation.records.settings import RecordSettings, read_records
from substation.reliability.settings import ReliabilitySettings, read_reliability
from substation.stakeholders.settings import SecuritySettings, read_security
from substation.trust.settings import TlsMode, TlsSettings, read_mode, read_tls
from substation.unit_name import read_unit_name


@dataclass(frozen=True, slots=True)
class Parent:
    """The unit above: URL of its data interface and its name. data: its data directory on this machine, where it tells
    its address, in place of a URL."""

    url: str
    unit: str
    data: Path | None = None


@dataclass(frozen=True, slots=True)
class SelfHealing:
    """FDIR: mode of the unit and of feeders (the lower of the two rules), and its times.

    evidence_window_s: from the final trip until indications are taken as complete. travel_s: longest time a switch may
    take from command to confirmed position. watch_after_close_s: how long protection is watched after each close before
    the next step (SAFETY S6). voltage_reserve_pu, loading_reserve_pu: a plan stays that far inside the limits, so that
    it still passes the gate when loads have moved on meanwhile. centres: who must be connected for it to restore.
    certainty, doubtful_indicators: when it trusts a location, as FdirSettings.
    late_s: by station, how late its indications and positions may come; windows and travel times are longer by it.
    preferences: of restoration. crew_orders: whether what a crew could restore is proposed as an order.
    """

    mode: Mode
    feeders: Mapping[str, Mode]
    feeder_lines: Mapping[str, int | None]
    evidence_window_s: float
    travel_s: float
    watch_after_close_s: float
    voltage_reserve_pu: float
    loading_reserve_pu: float
    centres: CentreHold = CentreHold()
    certainty: float = 0.95
    doubtful_indicators: int = 0
    late_s: Mapping[str, float] = field(default_factory=dict)
    preferences: Preferences = Preferences()
    crew_orders: bool = True


@dataclass(frozen=True, slots=True)
class UnitConfig:
    """A whole `unit.toml`; paths are absolute. scd is None for a unit without field devices, network also for a
    unit that knows of its grid what the SCD states.

    children: names of the units below, whose switching orders are received and archived here.
    """

    file: Path
    name: str
    level: Level
    data: Path
    scd: Path | None
    network: Path | None
    addresses: Path | None
    links: LinksSettings
    data_interface: ListenAddress
    tls: TlsSettings | None
    tls_mode: TlsMode
    control_centres: tuple[ControlCentre, ...]
    parent: Parent | None
    children: tuple[str, ...]
    members: MemberSettings
    self_healing: SelfHealing
    declared: DataSettings
    meter_sums: SumSettings | None = None
    field: FieldSettings = FieldSettings()
    maintenance: MaintenanceSettings = MaintenanceSettings()
    hierarchy: HierarchySettings = HierarchySettings()
    security: SecuritySettings = SecuritySettings()
    audit: AuditSettings = AuditSettings()
    history: HistorySettings = HistorySettings()
    records: RecordSettings = RecordSettings()
    reliability: ReliabilitySettings = ReliabilitySettings()
    control: ControlSettings = ControlSettings()
    rules: RuleSettings = RuleSettings()
    earth_faults: EarthFaultSettings = EarthFaultSettings()
    opf: OpfSettings = OpfSettings()
    vvc: VvcSettings = VvcSettings()
    losses: LossSettings = LossSettings()
    der: DerSettings = DerSettings()
    prevention: PreventionSettings = PreventionSettings()


def read_unit(file: Path) -> UnitConfig:
    """Read and check; ConfigError with file, line and remedy."""
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(str(file), None, f"cannot be read: {error}", "give the path of a unit.toml") from error
    root = read_toml(text, str(file))
    unit, links = root.table("unit"), root.table("links")
    data_interface = root.table("data_interface")
    tls = read_tls(root.table("tls"), file.parent)
    tls_mode = read_mode(data_interface, tls)
    members = read_members(root.table("members"), root.tables("child"))
    addresses, settings = links.optional("addresses", str), read_links(links, file.parent)
    links.done()
    level = read_level(unit, "level")
    centres = read_control_centres(root.tables("control_centre"), tls, file.parent)
    config = UnitConfig(
        file=file,
        name=read_unit_name(unit, "name"),
        level=level,
        data=_path(file, unit.take("data", str, "data")),
        scd=_optional_path(file, unit, "scd"),
        network=_optional_path(file, unit, "network"),
        addresses=None if addresses is None else _path(file, addresses),
        links=settings,
        data_interface=_listen(data_interface),
        tls=tls,
        tls_mode=tls_mode,
        control_centres=centres,
        parent=_parent(file, root.table("parent")) if "parent" in root else None,
        children=tuple(child.name for child in members.children),
        members=members,
        self_healing=_self_healing(root.table("fdir"), [each.name for each in centres]),
        maintenance=read_maintenance(root.table("maintenance")),
        security=read_security(root.table("security")),
        audit=read_audit(root.table("audit")),
        history=read_history(root.table("history"), file.parent),
        records=read_records(root.table("records")),
        reliability=read_reliability(root.table("reliability")),
        control=read_control(root.table("control")),
        rules=read_rules(root),
        meter_sums=read_sums(root.table("meter_sums"), file.resolve().parent),
        declared=read_data(root, level),
        field=read_field(root.table("field")),
        hierarchy=read_hierarchy(root.table("hierarchy"), level),
        earth_faults=read_earth_faults(root.table("earth_faults")),
        opf=read_opf(root.table("opf")),
        vvc=read_vvc(root.table("vvc")),
        losses=read_losses(root.table("losses")),
        der=read_der(root.table("der")),
        prevention=read_prevention(root.table("prevention")),
    )
    unit.done()
    root.done()
    _neighbours_are_others(root, config)
    if config.scd is None and config.network is not None:
        raise unit.error("network", "'network' is given without 'scd'", "give the SCD, or neither for a unit above")
    return config


def _path(file: Path, text: str) -> Path:
    return (file.parent / text).resolve()


def _optional_path(file: Path, table: Table, key: str) -> Path | None:
    text = table.optional(key, str)
    return None if text is None else _path(file, text)


def _listen(table: Table) -> ListenAddress:
    address = read_listen(table)
    table.done()
    return address


def _parent(file: Path, table: Table) -> Parent:
    data = _optional_path(file, table, "data")
    parent = Parent(table.take("url", str, None if data is None else ""), read_unit_name(table, "unit"), data)
    table.done()
    if data is None and not parent.url.startswith(("ws://", "wss://")):
        raise table.error("url", f"{parent.url!r} is no address of a data interface", "begin with wss:// or ws://")
    if parent.url and data is not None:
        raise table.error("data", "both 'url' and 'data' are given", "give one: 'data' for a unit on this machine")
    return parent


def _neighbours_are_others(root: Table, config: UnitConfig) -> None:
    """No unit is above or below itself, and none is both."""
    parent = "" if config.parent is None else config.parent.unit
    if parent == config.name:
        raise root.table("parent").error("unit", f"{parent!r} is this unit itself", "name the unit above")
    for table, child in zip(root.tables("child"), config.children, strict=True):
        if child in (config.name, parent):
            what = "this unit itself" if child == config.name else "the unit above as well"
            raise table.error("name", f"{child!r} is {what}", "name a unit below")


def _self_healing(table: Table, centres: Iterable[str]) -> SelfHealing:
    feeders = table.table("feeders")
    healing = SelfHealing(
        mode=_mode(table, "mode", "manual"),
        feeders={feeder: _mode(feeders, feeder, None) for feeder in feeders},
        feeder_lines={feeder: feeders.line_of(feeder) for feeder in feeders},
        evidence_window_s=_positive(table, "evidence_window_s", 3.0),
        travel_s=_positive(table, "travel_s", 10.0),
        watch_after_close_s=_positive(table, "watch_after_close_s", 0.3),
        voltage_reserve_pu=_share(table, "voltage_reserve_pu", 0.01),
        loading_reserve_pu=_share(table, "loading_reserve_pu", 0.05),
        certainty=_certainty(table),
        doubtful_indicators=_doubtful(table),
        centres=read_centre_hold(table, centres),
        late_s=read_late(table.table("late_s")),
        preferences=read_preferences(table),
        crew_orders=table.take("crew_orders", bool, True),
    )
    table.done()
    return healing


def _certainty(table: Table) -> float:
    value = table.take("certainty", float, 0.95)
    if not 0.5 <= value <= 1:
        raise table.error("certainty", f"'certainty' is {value:g}", "give a number from 0.5 to 1")
    return value


def _doubtful(table: Table) -> int:
    value = table.take("doubtful_indicators", int, 0)
    if not 0 <= value <= 2:
        raise table.error("doubtful_indicators", f"'doubtful_indicators' is {value}", "give 0, 1 or 2")
    return value


def _positive(table: Table, key: str, default: float) -> float:
    value = table.take(key, float, default)
    if not 0 < value < math.inf:
        raise table.error(key, f"'{key}' is {value:g}", "give a number above 0")
    return value


def _share(table: Table, key: str, default: float) -> float:
    value = table.take(key, float, default)
    if not 0 <= value < 0.5:
        raise table.error(key, f"'{key}' is {value:g}", "give a number from 0 to below 0.5")
    return value


def _mode(table: Table, key: str, default: str | None) -> Mode:
    name = table.take(key, str, default)
    modes = {mode.name.lower(): mode for mode in Mode}
    if name not in modes:
        raise table.error(key, f"mode {name!r} is unknown", f"one of {', '.join(modes)}")
    return modes[name]
