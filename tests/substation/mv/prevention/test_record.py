"""What became of forecasts of overload, by hand."""

from __future__ import annotations

import numpy as np
import pytest

from substation.forecast.tally import Tally, Verdict
from substation.forecast.weekly_profile import SLOT_NS
from substation.mv.prevention.outlook import Outlook
from substation.mv.prevention.overload import recorded
from substation.mv.prevention.record import Kind
from substation.mv.prevention.record_document import dump_kind, load_kind, shown

ASSETS = ("A", "B", "C")
NOBODY = np.zeros(3, dtype=np.bool_)


def outlook(*probability: float) -> Outlook:
    """With these probabilities in each of four quarter hours."""
    means = {0.0: 0.0, 0.5: 1.0, 1.0: 2.0}
    mean = np.array([[means[each] for each in probability]] * 4)
    return Outlook(mean, np.full(mean.shape, 0.01), np.ones(3))


def over(*names: str) -> np.ndarray:
    return np.array([name in names for name in ASSETS])


def test_an_hour_later_each_asset_is_judged() -> None:
    record = recorded(Kind(), ASSETS, outlook(1.0, 0.5, 0.0), NOBODY, 0, ("A",))
    record = recorded(record, ASSETS, outlook(1.0, 0.5, 0.0), NOBODY, SLOT_NS // 2, ("A",))  # the same quarter hour
    assert len(record.waiting) == 1
    record = recorded(record, ASSETS, outlook(1.0, 0.5, 0.0), over("A", "C"), 4 * SLOT_NS, ("A",))
    table = shown(record)
    assert (table["forecasts"], table["happened"]) == (3, 2)
    assert table["brier"] == pytest.approx((0.0 + 0.25 + 1.0) / 3)
    assert table["baseline_brier"] == pytest.approx((1.0 + 0.0 + 1.0) / 3)
    assert (table["hits"], table["misses"], table["false_alarms"], table["mean_lead_s"]) == (1, 1, 0, 3600.0)
    record = recorded(record, ASSETS, outlook(0.0, 0.0, 0.0), over("A", "C"), 5 * SLOT_NS, ("B",))
    assert shown(record)["hits"] == 1  # the same overload goes on
    record = recorded(record, ASSETS, outlook(0.0, 0.0, 0.0), NOBODY, 6 * SLOT_NS, ())
    assert shown(record)["false_alarms"] == 1
    assert load_kind(dump_kind(record)) == record


def test_what_was_not_looked_at_is_not_judged() -> None:
    record = recorded(Kind(), ASSETS, outlook(1.0, 0.5, 0.0), NOBODY, 0, ())
    record = recorded(record, ASSETS, outlook(1.0, 0.5, 0.0), over("A"), 7 * SLOT_NS, ())
    assert shown(record)["forecasts"] == 0
    assert [each.due for each in record.waiting] == [11]


def test_spoilt_records_are_refused() -> None:
    plain = dump_kind(recorded(Kind(), ASSETS, outlook(1.0, 0.5, 0.0), NOBODY, 0, ("A",)))
    assert isinstance(plain, dict)
    for key, value in (("lines", []), ("sums", [1.0]), ("waiting", [[1]]), ("standing", ["A"]), ("happening", None)):
        with pytest.raises(ValueError, match="stored"):
            load_kind({**plain, key: value})  # type: ignore


def test_tally_counts_by_what_was_said() -> None:
    found = Tally().plus([Verdict(0.05, 0.5, True), Verdict(0.05, 0.5, False, 9), Verdict(0.0, 0.0, False, 90)])
    assert (found.count, found.happened) == (100, 1)
    line = found.lines[4]
    assert (line.count, line.said, line.happened) == (10, pytest.approx(0.5), 1)
    assert found.skill == pytest.approx(1 - (0.95**2 + 9 * 0.05**2) / (10 * 0.25))
