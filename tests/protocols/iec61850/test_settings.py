"""The settings of a link, as they stand in its LinkConfig."""

from __future__ import annotations

import pytest

from models.driver import LinkConfig
from models.errors import ConfigError
from protocols.iec61850 import info
from protocols.iec61850.settings import read_settings


def link(**settings: str | int | float | bool) -> LinkConfig:
    return LinkConfig("OBR1E03", "iec61850", "OBR1E03", "127.0.0.1", 102, settings)


def test_settings() -> None:
    settings = read_settings(
        link(
            **{
                "reports": " LLN0.BR.a , LLN0.RP.b,",
                "conf_rev:LLN0.BR.a": 3,
                "data_set:LLN0.BR.a": "LLN0.ds",
                "entry_id:ALD0/LLN0$BR$a01": "00ff",
                "integrity_s": 2,
            }
        )
    )
    assert settings.reports == ("LLN0.BR.a", "LLN0.RP.b")
    assert settings.conf_revs == {"LLN0.BR.a": 3}
    assert settings.data_sets == {"LLN0.BR.a": "LLN0.ds"}
    assert settings.entry_ids == {"ALD0/LLN0$BR$a01": b"\x00\xff"}
    assert (settings.integrity_s, settings.reservation_s) == (2.0, 60)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("integrity_s", 0),
        ("timeout_s", "soon"),
        ("read_period_s", 0.5),
        ("dynamic_data_sets", "often"),
        ("flood_reports", float("nan")),
        ("buffer_time_ms", float("inf")),
        ("timeout_s", True),
        ("reservation_s", float("nan")),
        ("conf_rev:LLN0.BR.a", "3"),
        ("entry_id:ALD0/LLN0$BR$a01", "xyz"),
    ],
)
def test_wrong_settings_are_named(key: str, value: str | float | bool) -> None:
    with pytest.raises(ConfigError) as raised:
        read_settings(link(**{key: value}))
    assert key in str(raised.value)
    assert str(raised.value).startswith("link OBR1E03: ")


@pytest.mark.parametrize("folders", ["COMTRADE,запис", "a\tb", "x" * 201, ","])
def test_folders_that_no_device_can_be_asked_for_are_refused(folders: str) -> None:
    with pytest.raises(ConfigError, match="link OBR1E03: file_folders"):
        read_settings(link(file_folders=folders))


def test_the_package_names_its_factory() -> None:
    assert (info.name, info.factory) == ("iec61850", "protocols.iec61850.client:create")
