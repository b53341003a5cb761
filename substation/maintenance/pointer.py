"""Which releases are active: one small file, replaced by one rename. Whoever starts the unit believes it alone.

The unit writes it while no trial is under way, the supervisor while one is: never both.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

from models.errors import RemoteProtocolError
from models.plain import PlainFields
from substation.maintenance import durable
from substation.maintenance.errors import ReleaseError
from substation.maintenance.manifest import Kind

FILE_NAME = "active.json"
INSTALLED = 0
"""Software release 0: what is installed in the environment of the supervisor."""


@dataclass(frozen=True, slots=True)
class Choice:
    """Numbers of the releases that run together."""

    configuration: int
    software: int = INSTALLED

    def of(self, kind: Kind) -> int:
        return self.configuration if kind is Kind.CONFIGURATION else self.software

    def with_release(self, kind: Kind, version: int) -> Choice:
        return replace(self, **{kind.value: version})

    def __str__(self) -> str:
        software = f"software {self.software}" if self.software else "software as installed"
        return f"configuration {self.configuration}, {software}"


@dataclass(frozen=True, slots=True)
class Timing:
    """What the release before a trial allows for it; see MaintenanceSettings."""

    health_s: float = 60.0
    settle_s: float = 10.0
    stall_s: float = 30.0


@dataclass(frozen=True, slots=True)
class Active:
    """now: what runs or is to be started. previous: what a roll-back returns to. trial: now has not yet proved healthy.

    starts: how often the trial has been started. highest: numbers that were ever active; a bundle must be above.
    told, told_ns: what has happened last, for the event list of the unit; alarm: a release has failed.
    """

    now: Choice
    previous: Choice | None = None
    trial: bool = False
    starts: int = 0
    highest: Choice = field(default_factory=lambda: Choice(0, 0))
    timing: Timing = Timing()
    told: str = ""
    told_ns: int = 0
    alarm: bool = False

    def chosen(self, now: Choice, told: str, told_ns: int, timing: Timing) -> Active:
        """Another choice, on trial; the present one is what it returns to."""
        highest = higher(self.highest, now)
        return Active(now, self.now, True, 0, highest, timing, told, told_ns)

    def started(self) -> Active:
        return replace(self, starts=self.starts + 1)

    def confirmed(self, told: str, told_ns: int) -> Active:
        return replace(self, trial=False, starts=0, told=told, told_ns=told_ns, alarm=False)

    def rolled_back(self, told: str, told_ns: int) -> Active:
        """The previous choice is not on trial: there is nothing else to return to."""
        if self.previous is None:
            raise ReleaseError(f"{self.now}: there is no previous release to return to")
        return Active(self.previous, None, False, 0, self.highest, self.timing, told, told_ns, alarm=True)


def higher(one: Choice, other: Choice) -> Choice:
    """The higher number of each kind."""
    return Choice(max(one.configuration, other.configuration), max(one.software, other.software))


def read_active(site: Path) -> Active | None:
    """None when nothing was ever activated. ReleaseError when the file is damaged, which no power cut does."""
    path = site / FILE_NAME
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise ReleaseError(f"{path}: cannot be read: {error}; check the disk") from error
    try:
        return _active(PlainFields(json.loads(text), str(path)))
    except (ValueError, TypeError, RemoteProtocolError) as error:
        raise ReleaseError(
            f"{path}: is damaged ({error}); restore it from a backup, or install the site anew"
        ) from error


def prepare(site: Path, active: Active) -> Path:
    """Everything of a write but its rename, for those who decide in the last moment. Blocks."""
    half = site / f"{FILE_NAME}.new"
    with durable.told(half):
        half.unlink(missing_ok=True)
    text = json.dumps(asdict(active), indent=1)
    durable.write_file(half, lambda sink: sink(text.encode()))
    return half


def write_active(site: Path, active: Active) -> None:
    """On the disk when it returns. Blocks."""
    durable.rename(prepare(site, active), site / FILE_NAME)


def _active(fields: PlainFields) -> Active:
    previous = fields.take("previous")
    timing = fields.take("timing")
    return Active(
        now=_choice(fields.take("now")),
        previous=None if previous is None else _choice(previous),
        trial=fields.take("trial") is True,
        starts=_whole(fields.take("starts")),
        highest=_choice(fields.take("highest")),
        timing=Timing(**timing) if isinstance(timing, dict) else Timing(),
        told=fields.text("told"),
        told_ns=_whole(fields.take("told_ns")),
        alarm=fields.take("alarm") is True,
    )


def _choice(value: object) -> Choice:
    fields = PlainFields(value, "choice")
    return Choice(_whole(fields.take("configuration")), _whole(fields.take("software")))


def _whole(value: object) -> int:
    if type(value) is not int or value < 0:
        raise ValueError(f"{value!r} is no number of 0 or more")
    return value
