"""`ringmain sim --scl FILE` as a process of its own."""

from __future__ import annotations

import json
import signal
from pathlib import Path

import pytest

from sim_ied.commands.sim import run
from tests.sim_ied.scl_site.sites import ODD
from tests.sim_ied.test_sim_command import Steering, start


def test_serves_says_what_and_takes_the_ports_of_before(tmp_path: Path) -> None:
    addresses, control = tmp_path / "addresses.json", tmp_path / "control"
    (tmp_path / "night.toml").write_text('schema = 1\n[[at]]\ns = 0.0\nkind = "kill"\ntarget = "IED1"\n')
    options = ("--scl", str(ODD), "--addresses", str(addresses), "--control", str(control))
    found = []
    for scenario in ((), ("--scenario", str(tmp_path / "night.toml"))):
        process = start(*options, *scenario)
        try:
            assert process.stdout is not None
            lines = [process.stdout.readline()]
            while not lines[-1].startswith("IED1 "):
                lines.append(process.stdout.readline())
            assert any("NOBODYKNOWS" in line for line in lines)
            found.append(json.loads(addresses.read_text(encoding="utf-8")))
            steering = Steering(control)
            assert steering.ask(kind="status")["addresses"] == found[-1]
            steering.close()
            process.send_signal(signal.SIGTERM)
            assert process.wait(timeout=10) == 0
            assert not control.exists()
        finally:
            process.kill()
            process.communicate()
    assert found[0] == found[1]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [([], "either"), (["world.toml", "--scl", "x.scd"], "either"), (["world.toml", "--ied", "A"], "belong to --scl")],
)
def test_what_does_not_go_together(arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        run(arguments)
    assert message in capsys.readouterr().err


def test_a_file_that_is_not_there_is_one_clear_line(tmp_path: Path) -> None:
    process = start("--scl", str(tmp_path / "none.scd"))
    _, errors = process.communicate(timeout=20)
    assert process.returncode == 1
    assert "none.scd" in errors
    assert len(errors.splitlines()) == 1
