"""What the SCL says of a device as one text: it goes to the front end with the settings of the link."""

from __future__ import annotations

import json
import zlib
from base64 import b85decode, b85encode
from binascii import Error as EncodingError
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial

from models.driver import LinkConfig
from models.scl.elements import Scl
from models.scl.expected import Dynamic, ExpectedDevice, ExpectedNode, ExpectedReport, ExpectedSet, expected_of

SETTING = "scl_device"
"""The setting that carries it, which is not for people."""
_LONGEST = 1 << 24
_LEVEL = 1  # nine tenths of what the highest level saves, in a quarter of the time


def with_expectations(links: Sequence[LinkConfig], scl: Scl) -> tuple[LinkConfig, ...]:
    """Links of IEC 61850 that know what their device should have."""
    types: dict[str, Mapping[str, str]] = {}
    return tuple(
        replace(link, settings={**link.settings, SETTING: pack(expected_of(scl, ied, types))})
        if link.protocol == "iec61850" and (ied := scl.ied(link.ied)) is not None
        else link
        for link in links
    )


def pack(device: ExpectedDevice) -> str:
    plain = [
        device.file,
        device.domains,
        {name: [each.type_id, each.line, each.lines] for name, each in device.nodes.items()},
        device.types,
        device.controls,
        {name: [each.members, each.line] for name, each in device.data_sets.items()},
        {name: [r.data_set, r.conf_rev, r.instances, r.indexed, r.line] for name, r in device.reports.items()},
        device.groups,
        device.plates,
        device.services,
        device.line,
        device.dynamic,
    ]
    octets = json.dumps(plain, separators=(",", ":")).encode()
    return b85encode(zlib.compress(octets, _LEVEL)).decode("ascii")


def unpack(text: str) -> ExpectedDevice:
    """ValueError for anything that `pack` has not made."""
    try:
        octets = zlib.decompressobj().decompress(b85decode(text), _LONGEST)
        file, domains, nodes, types, controls, sets, reports, groups, plates, services, line, dynamic = json.loads(
            octets
        )
        pairs = partial(map, lambda item: (item[0], tuple(item[1])))
        return ExpectedDevice(
            file,
            domains,
            {name: ExpectedNode(*each) for name, each in nodes.items()},
            types,
            dict(pairs(controls.items())),
            {name: ExpectedSet(tuple(members), at) for name, (members, at) in sets.items()},
            {name: ExpectedReport(*each) for name, each in reports.items()},
            dict(pairs(groups.items())),
            dict(pairs(plates.items())),
            tuple(services),
            line,
            Dynamic(*dynamic),
        )
    except (ValueError, TypeError, AttributeError, EncodingError, zlib.error) as error:
        raise ValueError(f"'{text[:20]}' is not what the SCL says of a device: {error}") from error
