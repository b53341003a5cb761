"""How good forecasts have been: what was said against what happened, beside a baseline, and what warnings came to."""

from __future__ import annotations

from hmi.applications.figures import UNKNOWN, percent
from hmi.applications.page import Explanation, titled
from hmi.applications.told import Told
from hmi.words import duration_text

NOTHING = "nothing has been judged yet"
_HEAD = ("said, from", "forecasts", "said on average", "happened")


def show_scores(view: Explanation, scores: dict[str, Told]) -> None:
    """By what was forecast."""
    view.say("".join(_one(name, score) for name, score in scores.items() if score) or f"<p>{NOTHING}</p>")


def _one(name: str, score: Told) -> str:
    count = score.whole("forecasts") or 0
    if not count:
        return titled(name, [NOTHING])
    return titled(name, [*_facts(score, count), *_warnings(score)]) + _table(score)


def _facts(score: Told, count: int) -> list[str]:
    brier, baseline, skill = (score.number(key) for key in ("brier", "baseline_brier", "skill"))
    facts = [f"{count:,} forecasts judged, {score.whole('happened') or 0:,} of them came true"]
    if brier is not None and baseline is not None:
        facts.append(f"Brier score {brier:.5f}, baseline {baseline:.5f} (less is better)")
    if skill is not None:
        facts.append(f"skill against the baseline {skill:+.0%}{': WORSE than the baseline' if skill < 0 else ''}")
    return facts


def _warnings(score: Told) -> list[str]:
    hits, misses, false_alarms = (score.whole(key) for key in ("hits", "misses", "false_alarms"))
    if hits is None:
        return []
    lead_s = score.number("mean_lead_s")
    early = f", on average {duration_text(round(lead_s * 1e9))} ahead" if lead_s else ""
    return [f"warnings: {hits} came true{early}, {misses or 0} were missed, {false_alarms or 0} were false"]


def _table(score: Told) -> str:
    """Calibration: of what was said with 30 %, 30 % should have happened."""
    lines = score.parts("calibration")
    if not lines:
        return ""
    rows = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in _cells(each))}</tr>" for each in lines)
    head = "".join(f"<th align='left'>{each}</th>" for each in _HEAD)
    return f"<p style='margin-bottom:0'>Calibration</p><table cellspacing='6'><tr>{head}</tr>{rows}</table>"


def _cells(line: Told) -> tuple[str, ...]:
    said = percent(line.number("said")), percent(line.number("happened"))
    return percent(line.number("from")), _whole(line.whole("forecasts")), *said


def _whole(number: int | None) -> str:
    return UNKNOWN if number is None else f"{number:,}"
