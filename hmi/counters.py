"""Counters of links in few words: how much came, how often a link was lost, how much was odd."""

from __future__ import annotations

from collections.abc import Mapping

CLOSED = "closed: "
_ORDINARY = frozenset(
    {
        "connections",
        "frames sent",
        "frames received",
        "events",
        "measurands",
        "commands",
        "interrogations",
        "send window closed",
        "tests of the connection",
        "reports",
        "points",
        "reads",
        "records fetched",
        "record octets fetched",
        "TLS handshakes",
        "TLS sessions resumed",
    }
)
"""What a healthy link counts too; what a newer unit counts beside it is shown as odd."""
_MISSED = ("gaps", "overflows")
"""Reports of IEC 61850 that did not come in their order; the whole data set is asked for then."""

_QUIET_ENDS = frozenset({"closed: closed by us", "closed: closed by the peer", "closed: another connection took over"})


def number_text(number: int) -> str:
    """With thousands apart; nothing for zero, so that what is there stands out."""
    return f"{number:,}" if number else ""


def oddities(counters: Mapping[str, int]) -> int:
    """How often the other side did what it should not."""
    return sum(
        number
        for name, number in counters.items()
        if name not in _ORDINARY and name not in _QUIET_ENDS and not name.endswith(": not reached")
    )


def details(counters: Mapping[str, int]) -> str:
    """Every counter on a line of its own, oddities first."""
    ordered = sorted(counters.items(), key=lambda each: (each[0] in _ORDINARY, each[0]))
    return "\n".join(f"{name}: {number:,}" for name, number in ordered)


def missed_reports(counters: Mapping[str, int]) -> str:
    """How often reports did not follow each other; '' where they always did."""
    return number_text(sum(counters.get(name, 0) for name in _MISSED))


def security(counters: Mapping[str, int]) -> str:
    """Of a link behind TLS: whether sessions were agreed on, how many were refused; '' where it has none."""
    refused = sum(number for name, number in counters.items() if name.startswith("TLS refused: "))
    agreed = counters.get("TLS handshakes")
    if agreed is None:
        return ""
    return f"{refused:,} refused" if refused else "yes" if agreed else "not yet"
