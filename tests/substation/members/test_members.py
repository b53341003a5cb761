"""The parent's side: who is let in, who is refused and why, silence, and what survives a restart."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from models.driver import LinkConfig
from models.wire.messages import Code
from substation.exchange.access import Role
from substation.exchange.variables import RefusedError, WriteResult
from substation.link_board import LinkBoard
from tests.substation.members.bench import Child, Parent, key, parent
from tests.substation.trust.pki import Pki


def run(folder: Path, test: Callable[[Parent], Awaitable[None]]) -> None:
    async def main() -> None:
        async with parent(folder) as made:
            await test(made)

    asyncio.run(main())


async def refused(answer: Awaitable[WriteResult], code: Code = Code.NOT_ALLOWED) -> str:
    with pytest.raises(RefusedError) as caught:
        await answer
    assert caught.value.code is code
    return str(caught.value)


def test_a_life_as_a_member(tmp_path: Path) -> None:
    async def life(tl: Parent) -> None:
        child = tl.child("LV01")
        assert tl.state("LV01") == "absent"
        answer = await child.join("CMU1", "CMU2")
        assert answer.instances[0].value == {"unit": "TL", "heartbeat_ms": 3333, "above": ["TL"]}
        tl.move(9)
        await child.beat()
        tl.move(9)
        assert tl.state("LV01") == "joined"
        tl.move(2)
        assert tl.state("LV01") == "silent"
        assert tl.members.route_to("CMU1") == "LV01"  # silence is not absence: the way there is the same
        await child.beat()
        assert tl.state("LV01") == "joined"
        await child.leave()
        assert tl.state("LV01") == "left"
        assert tl.members.route_to("CMU1") is None
        assert "not a member" in await refused(child.beat())
        assert tl.lines() == [
            "member LV01 (LVGMU) has joined",
            "member LV01 (LVGMU) is silent: not heard for 10 s",
            "member LV01 (LVGMU) is heard again",
            "member LV01 (LVGMU) has left",
        ]
        shown = (await tl.shown())["LV01"]
        assert shown["state"] == "left"
        assert shown["since_ns"] == tl.clock()
        assert shown["last_seen_ns"] == tl.clock()
        assert shown["version"] == "1.0"

    run(tmp_path, life)


def test_who_is_refused(tmp_path: Path) -> None:
    async def main(tl: Parent) -> None:
        assert "no child of this unit" in await refused(tl.child("XYZ").join())
        assert "expected to be a LVGMU" in await refused(tl.child("LV01", level="CMU").join())
        assert "asks to join as LV02" in await refused(tl.child("LV01").join(unit="LV02"))
        assert "has shown none" in await refused(tl.child("LV03").join())
        assert "no authority" in await refused(tl.child("LV01").join(chain=[b"x"]))
        assert tl.state("LV01") == tl.state("LV03") == "refused"
        assert [line for line in tl.lines() if "XYZ" in line] == [
            "member XYZ refused: XYZ is no child of this unit; add [[child]] to its unit.toml"
        ]
        await refused(tl.child("XYZ").join())  # told once
        assert len([line for line in tl.lines() if "XYZ" in line]) == 1
        await tl.child("LV01").join()
        assert tl.state("LV01") == "joined"

    run(tmp_path, main)


@pytest.mark.parametrize(
    "change",
    [
        {"serves": "CMU1"},
        {"serves": ["a/b"]},
        {"serves": [5]},
        {"serves": [f"u{number}" for number in range(10_001)]},
        {"incarnation": b"short"},
        {"previous": b"short"},
        {"chain": [bytes(8193)]},
        {"chain": [b""] * 5},
        {"level": 7},
        {"version": "x" * 101},
        {"more": 1},
    ],
)
def test_malformed_requests(tmp_path: Path, change: dict[str, object]) -> None:
    async def main(tl: Parent) -> None:
        await refused(tl.child("LV01").join(**change), Code.BAD_REQUEST)
        assert tl.state("LV01") == "absent"

    run(tmp_path, main)


def test_reading_and_other_names(tmp_path: Path) -> None:
    async def main(tl: Parent) -> None:
        child = tl.child("LV01")
        await refused(child._write("Group.Throne", {}), Code.UNKNOWN_VARIABLE)  # noqa: SLF001
        for wrong in ({}, {"incarnation": 5}):
            await refused(child._write("Group.Heartbeat", wrong), Code.BAD_REQUEST)  # noqa: SLF001 # type: ignore[arg-type]

    run(tmp_path, main)


def test_a_second_process_under_the_same_name(tmp_path: Path) -> None:
    """Nobody throws out a living member; and the first one to be heard besides shows that there are two."""

    async def main(tl: Parent) -> None:
        first, clone = tl.child("LV01"), tl.child("LV01", incarnation=b"2" * 16)
        await first.join()
        assert "duplicated identity" in await refused(clone.join())
        stranger = tl.child("LV01", incarnation=b"3" * 16, previous=first.incarnation, signing=key("stolen name"))
        assert "duplicated identity" in await refused(stranger.join())
        assert tl.state("LV01") == "joined"
        await first.beat()
        assert "did not join as this process" in await refused(clone.beat())
        assert [line for line in tl.lines() if "duplicated" in line] == [
            "member LV01 refused: duplicated identity: another LV01 is a member and alive",
            "member LV01 refused: duplicated identity: two at a time call themselves LV01",
        ]

    run(tmp_path, main)


def test_a_process_that_was_killed_takes_its_own_place_at_once(tmp_path: Path) -> None:
    async def main(tl: Parent) -> None:
        first = tl.child("LV01")
        await first.join()
        await tl.child("LV01", incarnation=b"2" * 16, previous=first.incarnation).join()
        assert "did not join as this process" in await refused(first.beat())  # the one before is not it any more
        assert any("two at a time" in line for line in tl.lines())

    run(tmp_path, main)


def test_a_silent_members_place_is_free(tmp_path: Path) -> None:
    async def main(tl: Parent) -> None:
        await tl.child("LV01").join()
        tl.move(11)
        await tl.child("LV01", incarnation=b"2" * 16).join()
        assert tl.state("LV01") == "joined"

    run(tmp_path, main)


def test_a_lost_link_is_silence_at_once(tmp_path: Path) -> None:
    async def main(tl: Parent) -> None:
        await tl.child("LV01").join()
        tl.members.link("LV01", False, "connection reset")
        assert tl.state("LV01") == "silent"
        tl.members.link("LV01", True, "")
        assert tl.state("LV01") == "silent"
        tl.members.link("unknown", False, "x")
        await tl.child("LV01", incarnation=b"2" * 16).join()
        assert tl.state("LV01") == "joined"

    run(tmp_path, main)


def test_routes_follow_what_members_serve(tmp_path: Path) -> None:
    async def main(tl: Parent) -> None:
        changes: list[frozenset[str]] = []
        tl.members.register.watch(lambda: changes.append(tl.members.register.served))
        one, two = tl.child("LV01"), tl.child("LV02")
        await one.join("CMU1")
        await two.join("CMU1", "CMU2", "TL")
        assert tl.members.descendants("LV01") == {"CMU1"}
        assert tl.members.descendants("LV02") == {"CMU2"}
        assert tl.members.descendants("TL") == {"LV01", "LV02", "CMU1", "CMU2"}
        assert tl.members.descendants("CMU1") == set()
        assert [tl.members.route_to(name) for name in ("CMU1", "CMU2", "LV02", "TL", "CMU9")] == [
            "LV01",
            "LV02",
            "LV02",
            None,
            None,
        ]
        assert [line for line in tl.lines() if "claims" in line] == [
            "member LV02 claims to serve CMU1, which is reached through LV01",
            "member LV02 claims to serve TL, which is reached through TL",
        ]
        await one.serves("CMU3")  # gives CMU1 up
        assert tl.members.route_to("CMU1") == "LV02"
        assert tl.members.route_to("CMU3") == "LV01"
        await two.leave()
        assert changes[-1] == {"LV01", "CMU3"}

    run(tmp_path, main)


def test_a_child_leads_to_no_unit_above_and_to_no_other_child(tmp_path: Path) -> None:
    async def main(tl: Parent) -> None:
        one = tl.child("LV01")
        await one.join("LV02", "GRID", "CMU1")  # LV02 is a child of its own that has not joined yet
        assert tl.members.descendants("LV01") == {"GRID", "CMU1"}
        tl.members.register.set_above(frozenset({"GRID"}))
        assert tl.members.descendants("LV01") == {"CMU1"}
        assert tl.members.route_to("LV02") is None
        assert tl.members.route_to("GRID") is None
        assert [line for line in tl.lines() if "claims" in line] == [
            "member LV01 claims to serve LV02, which is reached through TL",
            "member LV01 claims to serve GRID, which is above",
        ]
        assert (await one.beat()).instances[0].value == {
            "unit": "TL",
            "heartbeat_ms": 3333,
            "above": ["TL", "GRID"],
        }

    run(tmp_path, main)


def test_restart(tmp_path: Path) -> None:
    async def main() -> None:
        async with parent(tmp_path) as tl:
            await tl.child("LV01").join("CMU1")
            await tl.child("LV02").join()
            await tl.child("LV02").leave()
            end_ns = tl.clock()
        async with parent(tmp_path, start_ns=end_ns + 10**12) as tl:
            assert (tl.state("LV01"), tl.state("LV02")) == ("silent", "left")
            assert tl.members.route_to("CMU1") == "LV01"
            assert (await tl.shown())["LV01"]["last_seen_ns"] == end_ns
            await tl.child("LV01").beat()
            assert tl.state("LV01") == "joined"
            assert tl.lines()[-1] == "member LV01 (LVGMU) is heard again"

    asyncio.run(main())


def certified(pki: Pki, tl: Parent, name: str, **given: object) -> tuple[Child, list[bytes]]:
    chain = list(pki.issue(name, role=Role.VIEWER, **given))  # type: ignore[arg-type]
    return tl.child(name, signing=pki.key(name)), chain


def test_joining_with_a_certificate(tmp_path: Path) -> None:
    async def main() -> None:
        pki = Pki(tmp_path / "authority")
        async with parent(tmp_path / "tl", trust=pki.store()) as tl:
            tl.clock.now_ns = pki.clock.now_ns
            child, chain = certified(pki, tl, "LV03", level="LVGMU")
            wrong, wrong_chain = certified(pki, tl, "LV01", level="CMU")
            assert "names another level" in await refused(wrong.join(chain=wrong_chain))
            assert "of another name" in await refused(child.join(chain=wrong_chain))
            assert "not signed with the key" in await refused(tl.child("LV03").join(chain=chain))
            await child.join(chain=chain)
            assert tl.members.key_of("LV03", pki.key("LV03").key_id) is not None
            pki.authority.revoke("LV03", "keyCompromise")
            pki.clock.move(1.5)
            tl.move(1.5)
            assert tl.state("LV03") == "refused"
            assert tl.lines()[-1].endswith("its certificate has ended or been revoked")
            assert tl.members.key_of("LV03", pki.key("LV03").key_id) is None
            assert "CERT_REVOKED" in await refused(child.join(chain=chain))

    asyncio.run(main())


def test_a_certificate_is_shown_again_after_a_restart(tmp_path: Path) -> None:
    async def main() -> None:
        pki = Pki(tmp_path / "authority")
        async with parent(tmp_path / "tl", trust=pki.store()) as tl:
            child, chain = certified(pki, tl, "LV03", level="LVGMU")
            await child.join(chain=chain)
        async with parent(tmp_path / "tl", trust=pki.store()) as tl:
            child = tl.child("LV03", signing=pki.key("LV03"))
            tl.move(3)
            assert tl.state("LV03") == "silent"
            await refused(child.beat())
            await child.join(chain=chain)
            assert tl.state("LV03") == "joined"

    asyncio.run(main())


def test_devices_are_members_too(tmp_path: Path) -> None:
    async def main(tl: Parent) -> None:
        board = LinkBoard([LinkConfig("IED1", "iec104", "IED1", "127.0.0.1", 2404)], tl.clock, lambda health: None)
        board.watch(tl.members.device)
        assert (await tl.shown())["IED1"]["state"] == "absent"
        board.report("IED1", True, "")
        assert (await tl.shown())["IED1"]["state"] == "joined"
        board.report("IED1", False, "no answer")
        shown = (await tl.shown())["IED1"]
        assert (shown["kind"], shown["state"], shown["reason"]) == ("device", "silent", "no answer")

    run(tmp_path, main)
