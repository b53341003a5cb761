"""Large files stay within bounds of memory, broken ones within bounds of everything."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import pytest

from models.errors import ConfigError
from models.progress import LARGE_OCTETS, ProgressBar, bar_for
from models.scl.findings import MOST
from models.scl.points import point_table
from models.scl.reader import read_scl
from tests.models.scl import fuzz
from tests.models.scl.big import MEGABYTE, measure, write_big

OPEN = '<SCL xmlns="http://www.iec.ch/61850/2003/SCL">'
LN0 = '<LN0 lnClass="LLN0" inst="" lnType="{}"/>'
IED = f'<IED name="A"><AccessPoint name="P"><Server><LDevice inst="L">{LN0}</LDevice></Server></AccessPoint></IED>'


def test_memory_grows_with_what_the_file_gives_and_not_with_its_xml(tmp_path: Path) -> None:
    """The tree of such a file is ten times as large as the file itself."""
    file = tmp_path / "big.scd"
    devices = write_big(file, 4 * MEGABYTE)
    found = measure(file)
    assert (found["devices"], found["points"], found["findings"]) == (devices, devices * 40, 0)
    assert found["times_the_file"] < 6
    assert found["read_s"] < 30


def test_progress_is_told_and_comes_to_an_end(tmp_path: Path) -> None:
    file = tmp_path / "big.scd"
    write_big(file, MEGABYTE // 2)
    shares: list[float] = []
    with file.open("rb") as source:
        from_file = read_scl(source, "big.scd", shares.append)
    assert shares == sorted(shares)
    assert shares[0] < 0.3
    assert shares[-1] == 1.0
    assert from_file.ieds == read_scl(file.read_bytes(), "big.scd").ieds


class Terminal:
    """What is written to it; `isatty` as stated."""

    def __init__(self, watched: bool) -> None:
        self.text, self.watched = "", watched

    def write(self, text: str) -> int:
        self.text += text
        return len(text)

    def flush(self) -> None:
        pass

    def isatty(self) -> bool:
        return self.watched


def test_a_bar_shows_each_percent_once_and_wipes_itself() -> None:
    terminal = Terminal(watched=True)
    bar = ProgressBar(terminal, "reading x.scd")  # type: ignore[arg-type]  # as much of a TextIO as it needs
    for share in (0.0, 0.001, 0.5, 0.5, 1.0):
        bar(share)
    shown = terminal.text.split("\r")
    assert [line[-5:] for line in shown[1:3]] == ["  0 %", " 50 %"]
    assert shown[2].count("#") == shown[2].count(".") - 1  # one stands in the name of the file
    assert (shown[3].strip(), shown[4], len(shown)) == ("", "", 5)


@pytest.mark.parametrize(("watched", "octets"), [(False, LARGE_OCTETS), (True, LARGE_OCTETS - 1)])
def test_no_bar_where_nobody_watches_or_the_file_is_small(watched: bool, octets: int) -> None:
    assert bar_for(Terminal(watched), "x", octets) is None  # type: ignore[arg-type]
    assert bar_for(Terminal(True), "x", LARGE_OCTETS) is not None  # type: ignore[arg-type]


def _types(members: str) -> bytes:
    return f"{OPEN}{IED.format('T0')}<DataTypeTemplates>{members}</DataTypeTemplates></SCL>".encode()


def test_types_that_multiply_are_refused_and_not_followed() -> None:
    levels = "".join(
        f'<DOType id="T{n}" cdc="SPS">'
        + "".join(f'<SDO name="s{k}" type="T{n + 1}"/>' for k in range(10))
        + "</DOType>"
        for n in range(20)
    )
    scl = read_scl(_types(f'<LNodeType id="T0" lnClass="LLN0"><DO name="x" type="T0"/></LNodeType>{levels}'), "x.scd")
    assert any("has more than 20000 data objects" in str(each) for each in scl.findings)
    assert scl.templates.data_objects("T0") == ()


def test_types_within_types_without_end_are_a_finding() -> None:
    chain = "".join(f'<DAType id="T{n}"><BDA name="n" bType="Struct" type="T{n + 1}"/></DAType>' for n in range(5000))
    object_type = '<DOType id="D" cdc="SPS"><DA name="a" fc="ST" bType="Struct" type="T0"/></DOType>'
    node = '<LNodeType id="T0" lnClass="LLN0"><DO name="x" type="D"/></LNodeType>'
    scl = read_scl(_types(f"{node}{object_type}{chain}"), "x.scd")
    assert any("contains itself" in str(each) for each in scl.findings)


def test_a_file_full_of_mistakes_keeps_its_findings_bounded() -> None:
    nodes = "".join(f'<LN lnClass="GGIO" inst="1" lnType="T{n}"/>' for n in range(3 * MOST))
    broken = IED.format("T0").replace("</LDevice>", f"{nodes}</LDevice>")
    found = read_scl(f"{OPEN}{broken}</SCL>".encode(), "x.scd").findings
    assert MOST < len(found) <= 2 * MOST + 1
    assert "more problems" in str(found[-1])


def test_what_includes_other_files_is_refused() -> None:
    inclusion = '<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="file:///etc/hostname"/>'
    with pytest.raises(ConfigError, match="includes 'file:///etc/hostname'") as caught:
        read_scl(f"{OPEN}\n<Private>{inclusion}</Private></SCL>".encode(), "x.scd")
    assert caught.value.line == 2


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "iso-8859-1"])
def test_encodings_and_their_marks_are_understood(encoding: str) -> None:
    declared = encoding.removesuffix("-sig")
    text = f'<?xml version="1.0" encoding="{declared}"?>{OPEN}<IED name="Gerät"/></SCL>'
    assert [ied.name for ied in read_scl(BytesIO(text.encode(encoding)), "x.scd").ieds] == ["Gerät"]


def test_broken_files_give_an_scl_or_a_config_error() -> None:
    rounds, taken = fuzz.run(fuzz.files_at_hand(), range(400))
    assert rounds == 400
    assert 0 < taken < rounds


def test_lines_beyond_65535_are_told() -> None:
    text = "\n".join((f"{OPEN}{chr(10) * 69_999}", "<IED name='A'>", "</IED><IED name='A'> ", "</IED></SCL>"))
    (finding,) = read_scl(text.encode(), "x.scd").findings
    assert (finding.line, "line 70001" in str(finding)) == (70_002, True), str(finding)
    assert point_table(read_scl(text.encode(), "x.scd")).points == ()


def test_numbers_that_no_device_has_are_bounded_and_told() -> None:
    """Whoever made an object for each of them would run out of memory."""
    blocks = '<ReportControl name="R" datSet="D"><RptEnabled max="4000000000"/></ReportControl>'
    blocks += '<SettingControl numOfSGs="256"/>'
    node = LN0.format("T").replace("/>", f">{blocks}</LN0>")
    scl = read_scl(f"{OPEN}{IED.replace(LN0, node)}</SCL>".encode(), "x.scd")
    assert [each.most_clients for each in scl.ieds[0].report_controls] == [99]
    assert {str(each).partition(": ")[2] for each in scl.findings if "more than" in str(each)} == {
        "max of RptEnabled is 4000000000, and no device has more than 99; write what the device has",
        "numOfSGs of SettingControl is 256, and no device has more than 255; write what the device has",
    }
