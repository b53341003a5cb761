"""The report of a demonstration: what happened, how long it took, and whether the physics confirms it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from models.switching import Purpose
from substation.demo.narrator import Line, Narrator

Document = Mapping[str, Any]
"""A switching order or a truth as plain data."""

RESTORING = (Purpose.RESTORE_UPSTREAM.value, Purpose.RESTORE_DOWNSTREAM.value)
ISOLATING = (Purpose.ISOLATE.value,)
SWITCHING = (*ISOLATING, *RESTORING, Purpose.SPLIT.value)


@dataclass(frozen=True, slots=True)
class Times:
    """Where the time went, in seconds. mechanism: relays, breakers, switches. waiting: what is declared (dead times,
    evidence window, watch after each close, a person's approval). software: the rest."""

    total: float
    mechanism: float
    waiting: float

    @property
    def software(self) -> float:
        return self.total - self.mechanism - self.waiting


@dataclass(frozen=True, slots=True)
class Declared:
    """The waits that the configuration declares."""

    evidence_window_s: float
    watch_after_close_s: float


@dataclass(frozen=True, slots=True)
class Report:
    """Keys of the JSON object are the names of the fields, `times` spread out. Powers in MW."""

    network: str
    points: int
    links: int
    fault: str
    interrupted_mw: float
    interrupted_customers: int
    restored_mw: float
    unrestored_mw: float
    unrestored_reason: str
    isolation: list[str]
    closed: list[str]
    timeline: list[Line]
    times: Times
    verified: bool
    objections: list[str] = field(default_factory=list)

    def plain(self) -> dict[str, object]:
        """The JSON object."""
        fields = {name: getattr(self, name) for name in self.__dataclass_fields__ if name not in ("times", "timeline")}
        lines = [{"t_s": round(line.t_s, 3), "source": line.source, "text": line.text} for line in self.timeline]
        seconds = {
            "seconds_total": round(self.times.total, 3),
            "seconds_mechanism": round(self.times.mechanism, 3),
            "seconds_waiting": round(self.times.waiting, 3),
            "seconds_software": round(self.times.software, 3),
        }
        return {**fields, "timeline": lines, **seconds}


def confirmed(order: Document, purposes: Sequence[str]) -> list[str]:
    """Elements whose step of these purposes was confirmed, in the order of the steps."""
    return [step["element"] for step in order["steps"] if step["purpose"] in purposes and step["state"] == "confirmed"]


def times_of(
    log: Sequence[Document], order: Document, declared: Declared, approval_s: float, charged_ns: Mapping[str, int]
) -> Times:
    """Divide the time from the fault to the last confirmed step. log: the simulator's own, oldest first.

    charged_ns: when each breaker's spring was charged; what a step waited for that is the mechanism's.
    """
    fault_ns = next(entry["time_ns"] for entry in log if entry["source"] == "fault")
    switched = [step for step in order["steps"] if step["purpose"] in SWITCHING and step["confirmed_ns"]]
    ended_ns = max((step["confirmed_ns"] for step in switched), default=0)
    final_trip_ns, dead_s = _protection(log)
    closes = sum(step["purpose"] in RESTORING for step in switched)
    watched_s = declared.watch_after_close_s * max(0, closes - 1)  # the last watch ends after supply is back
    waiting_s = dead_s + declared.evidence_window_s + approval_s + watched_s
    mechanism_s = (final_trip_ns - fault_ns) / 1e9 - dead_s + sum(_travels(log).values())
    mechanism_s += sum(max(0, charged_ns.get(step["element"], 0) - step["started_ns"]) for step in switched) / 1e9
    return Times((max(ended_ns, final_trip_ns) - fault_ns) / 1e9, mechanism_s, waiting_s)


def _protection(log: Sequence[Document]) -> tuple[int, float]:
    """When the last trip had opened its breaker, and the dead times before it."""
    opened_ns, final_ns, dead_s = 0, 0, 0.0
    for entry in log:
        if entry["source"] == "switchgear" and entry["text"].endswith("off by protection"):
            opened_ns = final_ns = entry["time_ns"]
        elif entry["source"] == "reclosing" and "closing order" in entry["text"] and opened_ns:
            dead_s += (entry["time_ns"] - opened_ns) / 1e9
    return final_ns, dead_s


def _travels(log: Sequence[Document]) -> dict[str, float]:
    """Seconds from each accepted command to its movement's end, by switch and target."""
    begun: dict[str, int] = {}
    travels: dict[str, float] = {}
    for entry in log:
        words = entry["text"].replace("/CSWI1.Pos = ", ": ").split()
        key = " ".join(words[:2]).rstrip(":")
        if entry["source"] == "command" and "accepted" in entry["text"]:
            begun[key] = entry["time_ns"]
        elif entry["source"] == "switchgear" and entry["text"].endswith("by command") and key in begun:
            travels[key] = (entry["time_ns"] - begun.pop(key)) / 1e9
    return travels


def objections_of(truth: Document, order: Document | None) -> list[str]:
    """What the simulator's own physics has against the outcome; empty when everything is as it should be."""
    found = []
    if truth["fed_twice"]:
        found.append(f"a part of the grid was fed twice ({truth['fed_twice']} times)")
    if truth["closed_onto_fault"]:
        found.append(f"closed onto the fault ({truth['closed_onto_fault']} times)")
    found += [f"limit exceeded: {each}" for each in truth["limits_exceeded"]]
    found += [
        f"the faulted zone of {each['id']} is alive" for each in truth["faults"] if each["exists"] and not each["dead"]
    ]
    if truth["restorable_now"]:
        found.append(
            f"{len(truth['restorable_now'])} restorable loads are not fed: {', '.join(truth['restorable_now'])}"
        )
    if order is not None and order["state"] != "completed":
        found.append(f"order {order['id']} is {order['state']}: {order['reason']}")
    return found


@dataclass(frozen=True, slots=True)
class Outcome:
    """Raw material of a report. truths: of the simulator before the fault, after the final trip, at the end."""

    fault: str
    order: Document | None
    reason: str
    before: Document
    tripped: Document
    after: Document
    approval_s: float
    charged_ns: Mapping[str, int]


def compile_report(network: str, status: Document, outcome: Outcome, declared: Declared, narrator: Narrator) -> Report:
    """Everything the JSON object holds. The simulator's own log joins the timeline."""
    before, tripped, after, order = outcome.before, outcome.tripped, outcome.after, outcome.order
    for entry in after["transitions"]:
        if entry["source"] in ("protection", "reclosing", "switchgear"):
            narrator.lines.append((entry["time_ns"], "grid", entry["text"]))
    objections = objections_of(after, order) + ([] if order else [f"no order: {outcome.reason}"])
    return Report(
        network=network,
        points=status["points"],
        links=status["links"],
        fault=outcome.fault,
        interrupted_mw=_mw(tripped["unfed_w"] - before["unfed_w"]),
        interrupted_customers=tripped["unfed_customers"] - before["unfed_customers"],
        restored_mw=_mw(max(0.0, tripped["unfed_w"] - after["unfed_w"])),  # loads move while nothing is restored
        unrestored_mw=_mw(after["unfed_w"] - before["unfed_w"]),
        unrestored_reason=order["unrestored_reason"] if order else outcome.reason,
        isolation=confirmed(order, ISOLATING) if order else [],
        closed=confirmed(order, RESTORING) if order else [],
        timeline=narrator.timeline(),
        times=_times(after, order, declared, outcome),
        verified=not objections,
        objections=objections,
    )


def _times(after: Document, order: Document | None, declared: Declared, outcome: Outcome) -> Times:
    if order is None:
        return Times(0.0, 0.0, 0.0)
    return times_of(after["transitions"], order, declared, outcome.approval_s, outcome.charged_ns)


def _mw(power_w: float) -> float:
    return round(power_w / 1e6, 3)
