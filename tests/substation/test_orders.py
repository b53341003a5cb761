"""The order desk: revisions, approvals, stops, repairs, and what a restart makes of orders under way."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from tempfile import mkdtemp

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models.command import Originator, OriginatorCategory
from models.switching import OrderKind, OrderState, Purpose
from substation.orders import NOT_EARTHED, RESTARTED
from tests.substation.control.bench import FDIR, PERSON, Bench, bench
from tests.substation.control.world import FAULT, TIE, World, order, tripped

Work = Callable[[Bench], Awaitable[None]]


def run(directory: Path, work: Work, world: World | None = None) -> None:
    async def main() -> None:
        async with bench(directory, world or tripped()) as made:
            await work(made)

    asyncio.run(main())


def test_a_changed_revision_is_approved_again(tmp_path: Path) -> None:
    async def work(made: Bench) -> None:
        assert await made.desk.propose(order()) == ""
        assert "revision 1 already" in await made.desk.propose(order())
        assert await made.desk.propose(order(revision=2, approved_by="nobody")) == ""
        assert "not the newest (2)" in await made.desk.approve("FDIR-1", 1, PERSON)
        assert await made.desk.approve("FDIR-1", 2, PERSON) == ""
        approved = await made.desk.next_approved()
        assert (approved.revision, approved.approved_by) == (2, "Ada")
        assert "cannot become approved" in await made.desk.approve("FDIR-1", 2, PERSON)
        assert "propose a new order" in await made.desk.propose(order(revision=3))

    run(tmp_path, work)


def test_two_approvals_at_once_are_one(tmp_path: Path) -> None:
    async def work(made: Bench) -> None:
        await made.desk.propose(order())
        answers = await asyncio.gather(*(made.desk.approve("FDIR-1", 1, PERSON) for _ in range(3)))
        assert sorted(answer == "" for answer in answers) == [False, False, True]
        await made.desk.next_approved()
        assert made.desk._approved.empty()  # noqa: SLF001

    run(tmp_path, work)


def test_an_order_is_rehearsed_before_it_is_approved(tmp_path: Path) -> None:
    async def work(made: Bench) -> None:
        await made.desk.propose(order(open_before=()))
        reason = await made.desk.approve("FDIR-1", 1, PERSON)
        assert "S3" in reason
        assert TIE in reason
        made_order = made.desk.get("FDIR-1")
        assert made_order is not None
        assert made_order.state is OrderState.PROPOSED
        assert made.field.commands == []

    run(tmp_path, work)


def test_s2_an_order_that_isolates_says_that_nothing_is_earthed(tmp_path: Path) -> None:
    async def work(made: Bench) -> None:
        await made.desk.propose(order(remarks=()))
        kept = made.desk.get("FDIR-1")
        assert kept is not None
        assert kept.remarks == (NOT_EARTHED,)

    run(tmp_path, work)


PEOPLE = tuple(OriginatorCategory[name] for name in ("BAY_CONTROL", "STATION_CONTROL", "REMOTE_CONTROL", "MAINTENANCE"))
ONE_FOLDER = settings(max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
"""Every example has a desk of its own in the same folder."""


@ONE_FOLDER
@given(
    purposes=st.lists(st.sampled_from(Purpose), min_size=3, max_size=3),
    remarks=st.lists(st.sampled_from(["as found", NOT_EARTHED, ""]), max_size=2),
)
def test_s2_every_order_that_isolates_ends_with_the_words(
    tmp_path: Path, purposes: list[Purpose], remarks: list[str]
) -> None:
    made_order = order(remarks=tuple(remarks))
    steps = tuple(replace(step, purpose=purpose) for step, purpose in zip(made_order.steps, purposes, strict=False))

    async def work(made: Bench) -> None:
        assert await made.desk.propose(replace(made_order, steps=steps)) == ""
        kept = made.desk.get(made_order.id)
        assert kept is not None
        if Purpose.ISOLATE in purposes[: len(steps)]:
            assert NOT_EARTHED in kept.remarks

    run(Path(mkdtemp(dir=tmp_path)), work)


@ONE_FOLDER
@given(
    category=st.sampled_from(OriginatorCategory),
    kind=st.sampled_from([OrderKind.RETURN_TO_NORMAL, OrderKind.MANUAL]),
)
def test_s24_no_automation_approves_a_return_or_reports_a_repair(
    tmp_path: Path, category: OriginatorCategory, kind: OrderKind
) -> None:
    automatic = category not in PEOPLE
    who = Originator(category, "asks")

    async def work(made: Bench) -> None:
        await made.desk.propose(order(id="HOME", kind=kind))
        assert ("S24" in await made.desk.approve("HOME", 1, who)) is automatic
        await made.desk.propose(order(id="FAULT"))
        assert await made.desk.reject("FAULT", PERSON, "by hand") == ""
        assert (await made.desk.repaired("FAULT", who) == "") is not automatic

    run(Path(mkdtemp(dir=tmp_path)), work)


def test_reject_and_abort_before_the_beginning(tmp_path: Path) -> None:
    async def work(made: Bench) -> None:
        await made.desk.propose(order())
        assert made.desk.faults == {"FDIR-1": FAULT}
        assert await made.desk.reject("FDIR-1", PERSON, "wrong place") == ""
        assert made.desk.faults == {}
        await made.desk.propose(order(id="FDIR-2"))
        assert await made.desk.abort("FDIR-2", PERSON) == ""
        ended = made.desk.get("FDIR-2")
        assert ended is not None
        assert ended.state is OrderState.ABORTED
        assert made.desk.unfinished == {}
        assert "not under way" in await made.desk.abort("FDIR-2", PERSON)

    run(tmp_path, work)


def test_an_abort_while_the_order_waits_moves_nothing(tmp_path: Path) -> None:
    async def work(made: Bench) -> None:
        await made.desk.propose(order())
        await made.desk.approve("FDIR-1", 1, PERSON)
        assert await made.desk.abort("FDIR-1", PERSON) == ""
        done = await made.executor.run(await made.desk.next_approved())
        assert done.state is OrderState.ABORTED
        assert made.field.commands == []

    run(tmp_path, work)


def test_s24_the_return_follows_the_repair_that_a_person_reports(tmp_path: Path) -> None:
    async def work(made: Bench) -> None:
        told: list[str] = []

        async def plan(repaired: object, who: object) -> None:
            told.append(f"{getattr(repaired, 'id', '')} {getattr(who, 'identity', '')}")

        made.desk.repaired_callback = plan
        await made.desk.propose(order())
        assert "end it first" in await made.desk.repaired("FDIR-1", PERSON)
        await made.desk.approve("FDIR-1", 1, FDIR)
        await made.executor.run(await made.desk.next_approved())
        assert "only a person" in await made.desk.repaired("FDIR-1", FDIR)
        assert await made.desk.repaired("FDIR-1", PERSON) == ""
        assert told == ["FDIR-1 Ada"]
        assert made.desk.faults == {}
        assert "already" in await made.desk.repaired("FDIR-1", PERSON)
        await made.desk.propose(order(id="R-1", kind=OrderKind.RETURN_TO_NORMAL))
        assert "S24" in await made.desk.approve("R-1", 1, FDIR)

    async def after_restart(made: Bench) -> None:
        assert made.desk.faults == {}

    run(tmp_path, work)
    run(tmp_path, after_restart)


def test_s22_after_a_restart_what_was_under_way_is_blocked(tmp_path: Path) -> None:
    async def work(made: Bench) -> None:
        await made.desk.propose(order())
        await made.desk.propose(order(id="FDIR-2"))
        await made.desk.propose(order(id="FDIR-3"))
        await made.desk.approve("FDIR-2", 1, PERSON)
        kept = made.desk.get("FDIR-3")
        assert kept is not None
        await made.desk.save(replace(kept, state=OrderState.EXECUTING))

    async def after_restart(made: Bench) -> None:
        states = {key: (kept.state, kept.reason) for key, kept in made.desk.orders.items()}
        assert states == {
            "FDIR-1": (OrderState.PROPOSED, ""),
            "FDIR-2": (OrderState.BLOCKED, RESTARTED),
            "FDIR-3": (OrderState.BLOCKED, RESTARTED),
        }
        assert RESTARTED in made.texts()

    run(tmp_path, work)
    run(tmp_path, after_restart)
