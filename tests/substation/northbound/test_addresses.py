"""`[[control_centre]]`: addresses, peers and buffer, and what is refused with line and remedy."""

from __future__ import annotations

from ipaddress import ip_network

import pytest

from models.config import read_toml
from models.errors import ConfigError
from substation.northbound.agreed.addresses import ListenAddress
from substation.northbound.agreed.settings import ControlCentre, read_control_centres
from substation.northbound.buffers import folder_name


def read(text: str) -> tuple[ControlCentre, ...]:
    return read_control_centres(read_toml("schema = 1\n" + text, "unit.toml").tables("control_centre"))


def test_a_redundancy_group_with_all_its_settings() -> None:
    [centre] = read(
        """
        [[control_centre]]
        name = "NCC"
        host = "127.0.0.1"
        port = 2404
        listen = ["127.0.0.2:2405", "[::1]:2404"]
        peers = ["127.0.0.7", "127.0.1.0/24"]
        most_connections = 3
        [control_centre.buffer]
        events = 5000
        megabytes = 3
        overflow = "1/9000"
        """
    )
    expected = (ListenAddress("127.0.0.1", 2404), ListenAddress("127.0.0.2", 2405), ListenAddress("::1", 2404))
    assert centre.addresses == expected
    assert str(expected[2]) == "[::1]:2404"
    group = centre.group
    assert group.peers == (ip_network("127.0.0.7"), ip_network("127.0.1.0/24"))
    assert (group.most_connections, group.events, group.event_octets) == (3, 5000, 3_000_000)
    assert group.overflow == (1, 9000)


def test_addresses_alone_and_what_is_usual() -> None:
    one, two = read(
        '[[control_centre]]\nname = "A"\nlisten = ["127.0.0.1:2404"]\n[[control_centre]]\nname = "B"\nport = 2405\n'
    )
    assert one.addresses == (ListenAddress("127.0.0.1", 2404),)
    assert two.addresses == (ListenAddress("127.0.0.1", 2405),)
    assert (one.group.events, one.group.overflow, one.group.peers) == (10_000_000, None, ())


def test_centres_that_are_told_apart_share_an_address() -> None:
    text = '[[control_centre]]\nname = "{}"\nport = 2404\npeers = ["10.0.0.{}"]\n'
    assert len(read(text.format("A", 1) + text.format("B", 2))) == 2
    assert len(read(text.format("A", 1) + '[[control_centre]]\nname = "B"\nport = 2404\n')) == 2
    with pytest.raises(ConfigError, match="one of their 'peers' is the same"):
        read(text.format("A", 1) + text.format("B", 1))
    with pytest.raises(ConfigError, match=r"unit.toml:\d+: .* is not alone at 127.0.0.1:2404: their peers"):
        read('[[control_centre]]\nname = "A"\nport = 2404\n[[control_centre]]\nname = "B"\nport = 2404\n')


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ('listen = ["2404"]', "is no address"),
        ('listen = ["127.0.0.1:70000"]', "is no address"),
        ('peers = ["ncc.example"]', "names are not looked up"),
        ('peers = ["10.0.0.1/24"]', "10.0.0.0/24"),
        ("most_connections = 0", "at least 1"),
        ("buffer = { events = 0 }", "at least 1"),
        ("buffer = { megabytes = -1 }", "at least 1"),
        ('buffer = { overflow = "9000" }', "COMMON/OBJECT"),
        ('buffer = { overflow = "0/9000" }', "out of range"),
        ("buffer = { size = 7 }", "size"),
    ],
)
def test_what_cannot_be_is_refused(line: str, problem: str) -> None:
    with pytest.raises(ConfigError, match=problem):
        read(f'[[control_centre]]\nname = "NCC"\n{line}\n')


def test_every_name_is_a_folder_of_its_own() -> None:
    names = ["NCC", "..", "a/b", "a.b", "Netzleitstelle Süd", "a%2Fb"]
    folders = {folder_name(name) for name in names}
    assert len(folders) == len(names)
    assert not any("/" in folder or folder.startswith(".") for folder in folders)
