"""Every file that the reader takes can be simulated: all its nodes begin, and an hour passes."""

from __future__ import annotations

from pathlib import Path

import pytest

from models.errors import ConfigError
from models.scl.reader import read_scl
from tests.sim_ied.nodes.rig import Rig


def test_all_shared_files(data: Path) -> None:
    served = 0
    for file in sorted((data / "scl").iterdir()):
        try:
            scl = read_scl(file.read_bytes(), file.name)
        except ConfigError:
            continue
        rig = Rig(scl)
        rig.run(3600 if len(scl.ieds) == 1 else 60)
        served += len(rig.devices)
        values = [each for ied in scl.ieds for node in ied.logical_nodes for each in (node.domain,)]
        assert bool(rig.shown) == bool(values) or file.suffix == ".iid"
    assert served >= 15


def test_a_generated_site() -> None:
    file = Path("tests/cases/scl/double_busbar.scd")
    if not file.exists():
        pytest.fail("the case is missing")
    rig = Rig(read_scl(file.read_bytes(), file.name))
    rig.run(10)
    assert rig.primary.grid is not None
