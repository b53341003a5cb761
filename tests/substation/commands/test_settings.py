"""`ringmain settings`: the active group of real devices beside what the SCL gives it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from models.errors import ConfigError
from models.scl.links import link_table
from models.scl.reader import read_scl
from substation.commands import settings
from substation.site import Site
from tests.protocols.iec61850.bench import ICD, device

_ADDRESS = """  <Communication><SubNetwork name="S" type="8-MMS"><ConnectedAP iedName="IED1" apName="P1"><Address>
    <P type="IP">127.0.0.1</P><P type="MMS-Port">{port}</P></Address></ConnectedAP></SubNetwork></Communication>
  <IED name="IED1">"""


def site(port: int, first: str) -> Site:
    """The device's own SCL with its address, and another first group."""
    from models.scl.points import point_table

    text = ICD.read_text(encoding="utf-8").replace('  <IED name="IED1">', _ADDRESS.format(port=port))
    text = text.replace('<Val sGroup="1">100</Val>', f'<Val sGroup="1">{first}</Val>')
    scl = read_scl(text.encode(), "device.scd")
    return Site(None, point_table(scl).points, link_table(scl).links, scl, None, ())  # type: ignore[arg-type]


@pytest.mark.parametrize(("first", "status"), [("100", 0), ("120", 1)])
def test_what_differs_is_told(
    first: str, status: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with device() as ied:
        made = site(ied.port, first)
        monkeypatch.setattr(settings, "read_unit", lambda file: file)
        monkeypatch.setattr(settings, "read_site", lambda config: made)
        assert settings.run(["unit.toml"]) == status
        assert settings.run(["unit.toml", "IED1", "--json"]) == status
    words, _, document = capsys.readouterr().out.partition("[")
    assert "IED1 IED1LD0: group 1 of 3 is active, 1 settings" in words
    assert (f"DIFFERS: the SCL says {first}" in words) is bool(status)
    (told,) = json.loads("[" + document)
    assert told["settings"] == [
        {"name": "PTOC1.StrVal.setMag.f", "device": 100.0, "scl": first, "differs": bool(status)}
    ]


def test_a_link_without_setting_groups_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    made = site(1, "100")
    monkeypatch.setattr(settings, "read_unit", lambda file: file)
    monkeypatch.setattr(settings, "read_site", lambda config: made)
    with pytest.raises(ConfigError, match="link 'IED9' has setting groups"):
        settings.run([str(Path("unit.toml")), "IED9"])
