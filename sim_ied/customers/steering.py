"""The control socket of simulated customers, for the demo and for tests: what goes wrong, and what is true.

Requests: `{"kind": "status"}` (counts of all meters together), `{"kind": "meter", "meter": NAME}`, `{"kind": "truth"}`
(of the periods counted: what the meters show and what is true, in Wh), or something that is done to a meter:
`silence` (`"on": bool`), `lie` (`"factor": number`, 1 tells the truth), `interrupt` (`"on": bool`: its supply), `cut`
(`"side": "grid"` or `"home"`, `"on": bool`: its link). Answers as `sim_ied.steering`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from models.config import Table
from models.errors import ConfigError
from models.privacy.contribution import Period
from sim_ied.customers.link import Side
from sim_ied.customers.meter import Meter
from sim_ied.customers.world import Customers

_MOST_FACTOR = 100.0


class CustomerDesk:
    """Carries out the requests of a control socket."""

    def __init__(self, customers: Customers) -> None:
        self._customers = customers

    async def carry_out(self, request: dict[str, object]) -> dict[str, object]:
        table = Table(request, "request", [])
        kind = table.take("kind", str)
        if kind not in _KINDS:
            raise table.error("kind", f"kind {kind!r} is unknown", f"one of {', '.join(_KINDS)}")
        answer = _KINDS[kind](self._customers, table)
        table.done()
        return answer


def _status(customers: Customers, _table: Table) -> dict[str, object]:
    meters = customers.meters.values()
    links = [each for links in customers.links.values() for each in links]
    announcement = None if customers.sums is None else customers.sums.announcement
    return {
        "meters": len(meters),
        "silent": sum(not meter.speaks for meter in meters),
        "links": len(links),
        "up": sum(each.up for each in links),
        "reports": sum(meter.counts.reports for meter in meters),
        "refused": sum(meter.counts.refused for meter in meters),
        "contributions": sum(meter.counts.contributions for meter in meters),
        "last_refusal": next((m.counts.last_refusal for m in meters if m.counts.last_refusal), ""),
        "sum_key": "" if announcement is None else announcement.key.fingerprint.hex(),
        "power_w": float(customers.households.flows.power_w.sum()),
    }


def _meter(customers: Customers, table: Table) -> dict[str, object]:
    meter = _named(customers, table)
    return {**meter.status(), "up": [each.up for each in customers.links[meter.name]]}


def _truth(customers: Customers, _table: Table) -> dict[str, object]:
    return {"periods": [_period(customers, period) for period in customers.bank.periods()]}


def _period(customers: Customers, period: Period) -> dict[str, object]:
    true_wh = customers.bank.truth_wh(period)
    shown = {name: meter.energy_wh(period) for name, meter in customers.meters.items()}
    true = {} if true_wh is None else dict(zip(shown, map(float, true_wh), strict=True))
    return {"start": period.start_ns, "length": period.length_ns, "shown_wh": shown, "true_wh": true}


def _silence(customers: Customers, table: Table) -> dict[str, object]:
    _named(customers, table).silent = table.take("on", bool)
    return {}


def _lie(customers: Customers, table: Table) -> dict[str, object]:
    factor = table.take("factor", float)
    if not 0 <= factor <= _MOST_FACTOR:
        raise table.error("factor", f"'factor' is {factor:g}", f"give 0 to {_MOST_FACTOR:g}")
    _named(customers, table).lie(factor)
    return {}


def _interrupt(customers: Customers, table: Table) -> dict[str, object]:
    meter, now_ns = _named(customers, table), customers.time.now()
    (meter.interrupt if table.take("on", bool) else meter.supply)(now_ns)
    return {}


def _cut(customers: Customers, table: Table) -> dict[str, object]:
    meter, side = _named(customers, table), table.take("side", str, Side.GRID.value)
    for each, of in zip(customers.links[meter.name], Side, strict=False):
        if of.value == side:
            each.cut(table.take("on", bool))
            return {}
    raise table.error("side", f"{meter.name} has no link to the {side}", "grid, or home where it has one")


def _named(customers: Customers, table: Table) -> Meter:
    name = table.take("meter", str)
    if name not in customers.meters:
        raise ConfigError("request", None, f"there is no meter {name}", "name one of customers.toml")
    return customers.meters[name]


_KINDS: Mapping[str, Callable[[Customers, Table], dict[str, object]]] = {
    "status": _status,
    "meter": _meter,
    "truth": _truth,
    "silence": _silence,
    "lie": _lie,
    "interrupt": _interrupt,
    "cut": _cut,
}
