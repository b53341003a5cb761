"""Quality on the wire and in the model."""

from __future__ import annotations

from models.quality import STALE, Quality, is_actionable
from protocols.iec104.application.flags import INDICATION_OF, PROTECTION_QUALITY_OF, QDP_OF, QDS_OF, QUALITY_OF


def test_every_descriptor_survives_the_model() -> None:
    octets = [octet for octet in range(256) if not octet & 0x0E]
    assert [QDS_OF[QUALITY_OF[octet]] for octet in octets] == octets


def test_every_indication_survives_the_model() -> None:
    octets = range(0, 256, 16)
    assert [INDICATION_OF[QUALITY_OF[octet]] for octet in octets] == list(octets)


def test_every_descriptor_of_protection_equipment_survives_the_model() -> None:
    octets = range(0, 256, 8)
    assert [QDP_OF[PROTECTION_QUALITY_OF[octet]] for octet in octets] == list(octets)


def test_only_a_clean_descriptor_is_actionable() -> None:
    assert [octet for octet in range(256) if is_actionable(QUALITY_OF[octet]) and not octet & 0x0E] == [0]


def test_no_doubt_gets_lost() -> None:
    for quality in range(1, 1 << 13):
        doubt = bool(quality & ~int(Quality.TEST))  # test is carried by the cause of transmission
        assert bool(QDS_OF[quality]) is doubt
        assert bool(INDICATION_OF[quality]) is doubt
        assert bool(QDP_OF[quality]) is doubt
        assert QDP_OF[quality] & 0x07 == 0
        assert INDICATION_OF[quality] & 0x0F == 0


def test_stale_is_invalid_and_not_topical() -> None:
    assert QDS_OF[int(STALE)] == 0xC0
