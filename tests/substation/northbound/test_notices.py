"""Lines that control centres cause: where they stand, and that one which never ends hides no other's."""

from __future__ import annotations

from substation.northbound.notices import Notices


def notices_of(*centres: str) -> tuple[Notices, list[tuple[str, str]]]:
    told: list[tuple[str, str]] = []
    return Notices(centres, lambda place, text: told.append((place, text)), lambda: 0.0), told


def test_a_control_centre_that_causes_lines_without_end_hides_no_line_of_another() -> None:
    notices, told = notices_of("NCC", "Region")
    for number in range(1000):
        notices.take(f"NCC 10.0.0.1:{number}: wrong start octet")
    notices.take("Region 10.0.0.2:1: select of ST1 refused: its link is down")
    notices.take("something of nobody")
    assert told[50:] == [
        ("control centre Region", "10.0.0.2:1: select of ST1 refused: its link is down"),
        ("control centre", "something of nobody"),
    ]
    notices.tick(60.0)
    assert told[52:] == [
        ("control centre NCC", "950 more lines were not shown, the last: 10.0.0.1:999: wrong start octet")
    ]


def test_names_that_begin_alike_are_told_apart() -> None:
    notices, told = notices_of("NCC", "NCC 2")
    notices.take("NCC 2 10.0.0.1:5: closed")
    notices.take("NCC: connection of 10.0.0.9 is closed")
    notices.take("NCC2 is nobody")
    assert told == [
        ("control centre NCC 2", "10.0.0.1:5: closed"),
        ("control centre NCC", "connection of 10.0.0.9 is closed"),
        ("control centre", "NCC2 is nobody"),
    ]
