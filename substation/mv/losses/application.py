"""Losses in a running unit (GR5): of each asset now, beside what was to be expected; beyond that, OPF is asked.

The expectation is learned in normal operation alone, by time of the week (substation.forecast.weekly_profile).
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from models.alarm import Category, Event, Severity
from models.errors import AlgorithmError
from substation.application import Decision, Plain
from substation.forecast.weekly_profile import SLOT_NS
from substation.grid.asset_losses import AssetLosses, asset_losses
from substation.grid.topology import Topology
from substation.image import ProcessImage
from substation.mv.losses.balance import Balance, balances
from substation.mv.losses.expected import Expectation, expectation, recorded
from substation.mv.losses.settings import LossSettings
from substation.mv.losses.state import LossState, dump_state, load_state
from substation.mv.losses.usual import AssetBound, asset_bound, learned
from substation.mv.present_flow import PresentFlow, fed_w, present_flow

_MOST_SHOWN = 8


class Losses:
    """The application. Pure: same image and state give the same decision."""

    name = "losses"
    priority = 60
    deadline_s = 5.0

    def __init__(self, topology: Topology, settings: LossSettings) -> None:
        self._topology, self._settings = topology, settings
        self.period_s = settings.period_s

    def initial(self) -> LossState:
        return LossState()

    def dump(self, state: LossState) -> Plain:
        return dump_state(state)

    def load(self, plain: Plain) -> LossState:
        """ValueError when the data are not of this version."""
        return load_state(plain)

    def evaluate(self, image: ProcessImage, state: LossState) -> Decision[LossState]:
        try:
            now = present_flow(self._topology, image)
        except AlgorithmError as error:
            return self._decided(image, state, replace(state, above_ns=0, asks=""), {"reasons": [str(error)]})
        loss_w, load_w = now.flow.losses_w, fed_w(self._topology, now)
        reasons = self._unlearnable(now)
        losses = asset_losses(now.flow)
        after = replace(state, above_ns=0, asks="") if reasons else self._judged(image, state, loss_w, load_w)
        bound = self._bound(state, losses, load_w)
        if not reasons:
            after = replace(after, usual=learned(after.usual, image.time_ns // SLOT_NS, losses.load_w, load_w))
        result = {"reasons": list[Plain](reasons), **self._shown(image, now, after.expected, load_w, losses, bound)}
        return self._decided(image, state, after, result)

    def _unlearnable(self, now: PresentFlow) -> tuple[str, ...]:
        """Why these losses say nothing of normal operation."""
        unknown = now.assumed_share > self._settings.assumed_share
        share = f"{now.assumed_share:.0%} of the load is not known (at most {self._settings.assumed_share:.0%})"
        return (*now.unusual[:_MOST_SHOWN], *((share,) if unknown else ()))

    def _judged(self, image: ProcessImage, state: LossState, loss_w: float, load_w: float) -> LossState:
        slot = image.time_ns // SLOT_NS
        if slot != state.judged:
            expected = expectation(state.history, slot)
            state = replace(state, judged=slot, expected=expected)
        history = recorded(state.history, slot, loss_w, load_w)
        if state.expected is None or loss_w <= self._bound_w(state.expected):
            return replace(state, history=history, above_ns=0, asks="")
        since_ns = state.above_ns or image.time_ns
        asks = state.asks
        if not asks and image.time_ns - since_ns >= self._settings.for_s * 1e9:
            asks = _words(loss_w, load_w, state.expected)
        return replace(state, history=history, above_ns=since_ns, asks=asks)

    def _bound_w(self, expected: Expectation) -> float:
        settings = self._settings
        margin_w = max(settings.margin_share * expected.loss_w, settings.margin_deviations * expected.deviation_w)
        return expected.loss_w + margin_w

    def _bound(self, state: LossState, losses: AssetLosses, load_w: float) -> AssetBound | None:
        settings = self._settings
        margins = settings.margin_share, settings.margin_deviations
        return asset_bound(state.usual, len(losses.load_w), load_w, *margins)

    def _shown(
        self,
        image: ProcessImage,
        now: PresentFlow,
        expected: Expectation | None,
        load_w: float,
        losses: AssetLosses,
        bound: AssetBound | None,
    ) -> dict[str, Plain]:
        """Numbers of the present power flow."""
        tree = now.flow.tree
        by_meters: dict[str, Plain] = {
            feeder: _plain(each) for feeder, each in balances(self._topology, tree, image).items()
        }
        return {
            "loss_w": round(now.flow.losses_w, 1),
            "no_load_w": round(float(losses.no_load_w.sum()), 1),
            "load_w": round(load_w, 1),
            "expected_w": None if expected is None else round(expected.loss_w, 1),
            "bound_w": None if expected is None else round(self._bound_w(expected), 1),
            "assets": self._assets(losses, bound),
            "by_meters": by_meters,
            "assumed": list(now.assumed[:_MOST_SHOWN]),
        }

    def _assets(self, losses: AssetLosses, bound: AssetBound | None) -> list[Plain]:
        """The greatest first; what loses nothing is left out. expected_w, bound_w: as the losses, those in iron too."""
        network = self._topology.network
        names = [*(line.id for line in network.lines), *(each.id for each in network.transformers)]
        order = np.argsort(-losses.total_w, kind="stable")
        return [
            {
                "asset": names[at],
                "load_w": round(float(losses.load_w[at]), 1),
                "no_load_w": round(float(losses.no_load_w[at]), 1),
                **_expected(losses, bound, int(at)),
            }
            for at in order
            if losses.total_w[at] > 0.0
        ]

    def _decided(
        self, image: ProcessImage, before: LossState, after: LossState, result: dict[str, Plain]
    ) -> Decision[LossState]:
        weeks = len(after.history) / (7 * 96)
        words = f"learns: {weeks:.1f} weeks of quarter hours are known, two are needed" if not after.expected else ""
        shown = {"state": _state_of(after, result), "asks": after.asks, "learning": words, **result}
        return Decision(after, events=_told(image, before, after), results={"Losses": shown})


def _expected(losses: AssetLosses, bound: AssetBound | None, at: int) -> dict[str, Plain]:
    if bound is None:
        return {}
    no_load_w = float(losses.no_load_w[at])
    return {
        "expected_w": round(float(bound.expected_w[at]) + no_load_w, 1),
        "bound_w": round(float(bound.bound_w[at]) + no_load_w, 1),
        "above": bool(bound.above(losses.load_w)[at]),
    }


def _state_of(state: LossState, result: dict[str, Plain]) -> str:
    if result["reasons"]:
        return "not judged"
    if state.expected is None:
        return "learns"
    return "above expectation" if state.above_ns else "as expected"


def _words(loss_w: float, load_w: float, expected: Expectation) -> str:
    losses = f"{loss_w / 1e3:.1f} kW are lost, {expected.loss_w / 1e3:.1f} kW were expected at this time of the week"
    return f"{losses} (load {load_w / 1e3:.0f} kW, expected {expected.load_w / 1e3:.0f} kW)"


def _plain(balance: Balance) -> Plain:
    loss_w = None if balance.loss_w is None else round(balance.loss_w, 1)
    return {"fed_w": balance.fed_w, "loss_w": loss_w, "why": balance.why}


def _told(image: ProcessImage, before: LossState, after: LossState) -> tuple[Event, ...]:
    if bool(before.asks) == bool(after.asks):
        return ()
    text = after.asks or "losses are no longer above expectation, or cannot be judged"
    severity = Severity.LOW if after.asks else Severity.INFORMATION
    return (Event(image.time_ns, image.time_ns, Category.AUTOMATION, severity, "losses", text),)
