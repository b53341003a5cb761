"""Scenario files over real sockets: sites of their own, RTUs and IEDs that tell what the virtual ones told."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from sim_ied.scenario import open_scenario
from tests.wire.loop import LoopThread
from tests.wire.scene import Scene
from tests.wire.site import generate, prepare
from tests.wire.stage import Stage

FOLDER = Path(__file__).parents[1] / "cases" / "scenarios"
SPEED = 10.0
SLOW, QUICK = "response_s = 0.05", "response_s = 0.02"
"""A line recloser is open before slower indicators respond, where the speed makes breakers faster."""


@pytest.mark.parametrize("name", ["recloser_locks_out", "breaker_failure"])
def test_scenario_over_the_wire(name: str, loop: LoopThread, tmp_path: Path) -> None:
    file = FOLDER / f"{name}.toml"
    source = generate(tmp_path / "site", "--scenario", str(file))
    world = source / "world.toml"
    text = world.read_text(encoding="utf-8")
    assert SLOW in text
    world.write_text(text.replace(SLOW, QUICK), encoding="utf-8")
    site = prepare(source, tmp_path / "run")

    async def whole() -> None:
        stage = Stage(site, SPEED)
        try:
            await stage.open()
            await _play(await Scene(stage).begin(), file)
        finally:
            await stage.close()

    loop.do(whole())


async def _play(scene: Scene, file: Path) -> None:
    expected = open_scenario(file).expect
    assert expected is not None
    await scene.stage.set_mode("automatic")
    for table in tomllib.loads(file.read_text(encoding="utf-8"))["at"]:
        await scene.stage.sim(**{key: value for key, value in table.items() if key != "s"})
    if expected.outcome == "healed":
        order = await scene.end(30.0)
        assert order["state"] == "completed", order["reason"]
        moved = set(await scene.switched())
        assert moved == {f"off {each}" for each in expected.opened or ()} | {
            f"on {each}" for each in expected.closed or ()
        }
        assert (await scene.is_safe())["unfed_loads"] == []
    else:
        case = await scene.handed_over()
        assert all(word in case["reason"] for words in expected.says for word in words), case["reason"]
        assert await scene.switched() == []
        await scene.is_safe()
    await scene.nothing_is_lost()
