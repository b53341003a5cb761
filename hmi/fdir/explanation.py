"""Cases and orders as readable text: what was seen, what was concluded, which candidates were rejected and by what."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from hmi.applications.figures import percent
from hmi.reports import Candidate, Case
from hmi.theme import Theme
from hmi.words import power_text
from models.switching import Order, OrderState


def cases_html(cases: Sequence[Case], theme: Theme) -> str:
    """Newest case first, as the unit lists them last."""
    if not cases:
        return f"<p style='color:{theme.muted}'>No fault is being handled.</p>"
    return "<hr>".join(_case(case, theme) for case in reversed(cases))


def order_html(order: Order, theme: Theme) -> str:
    """What the order rests on, what it leaves undone, and why it ended as it did."""
    parts = []
    if order.reason:
        parts.append(f"<p style='color:{theme.alarm_text}'><b>{escape(order.reason)}</b></p>")
    if order.unrestored_reason:
        parts.append(_titled("Not restored", [order.unrestored_reason]))
    parts.append(_titled("Explanation", order.explanation))
    parts.append(_titled("Remarks", order.remarks))
    return "".join(parts)


def amounts(order: Order) -> str:
    """Powers before the fault and customers, in one line. Only a completed order has restored what it planned."""
    if not order.interrupted_w and not order.interrupted_customers:
        return ""
    done = order.state is OrderState.COMPLETED
    restored, left = ("restored", "not restored") if done else ("plan: restores", "leaves off")
    return (
        f"interrupted {power_text(order.interrupted_w)}, {order.interrupted_customers} customers;  "
        f"{restored} {power_text(order.restored_w)};  {left} {power_text(order.unrestored_w)}"
    )


def _case(case: Case, theme: Theme) -> str:
    head = f"<p><b>{escape(case.feeder)}</b> &nbsp; {escape(case.state)} &nbsp; (mode {escape(case.mode)})</p>"
    concluded = _titled("Concluded", [case.concluded] if case.concluded else [])
    reason = f"<p style='color:{theme.alarm_text}'><b>{escape(case.reason)}</b></p>" if case.reason else ""
    crew = _titled("What a crew could do", [case.crew] if case.crew else [])
    return head + reason + concluded + crew + _titled("Seen", case.seen) + _candidates(case.candidates, theme)


def _candidates(candidates: Sequence[Candidate], theme: Theme) -> str:
    if not candidates:
        return ""
    rows = "".join(
        f"<tr><td>{escape(zone_text(each.zone))}</td><td style='padding-left:10px'>{_chance(each)}</td>"
        f"<td style='padding-left:10px'>{_verdict(each, theme)}</td></tr>"
        for each in candidates
    )
    return f"<p><b>Candidates</b></p><table cellspacing='2'>{rows}</table>"


def _chance(candidate: Candidate) -> str:
    """'' for one that is less likely than all that are told, or by a unit that tells none."""
    return "" if candidate.probability is None else percent(candidate.probability)


def _verdict(candidate: Candidate, theme: Theme) -> str:
    if candidate.rejected_by:
        return f"rejected: {escape(candidate.rejected_by)}"
    return f"<b style='color:{theme.alarm_text}'>not rejected</b>"


def zone_text(zone: Sequence[str]) -> str:
    """The lines and stations of a zone, shortly: `L062, ST103`."""
    names = dict.fromkeys(element.partition("/")[0] for element in zone)
    listed = list(names)
    return ", ".join(listed[:4]) + (f" and {len(listed) - 4} more" if len(listed) > 4 else "")


def _titled(title: str, lines: Sequence[str]) -> str:
    if not lines:
        return ""
    items = "".join(f"<li>{escape(line)}</li>" for line in lines)
    return f"<p style='margin-bottom:0'><b>{title}</b></p><ul style='margin-top:2px'>{items}</ul>"
