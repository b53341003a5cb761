"""Writes vectors.json anew: `python -m tests.cases.wire.make_vectors`. Only a new version of the format changes it."""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path

import cbor2

from models.policy import Access, Grant, Policy
from models.wire import cose
from models.wire import messages as m
from models.wire.envelope import Envelope, seal, session_id
from models.wire.instance import Instance
from models.wire.keys import SigningKey
from models.wire.message_codec import to_map

TIME_NS = 1_772_366_400_000_000_000  # 2026-03-01T12:00:00Z
CLIENT = SigningKey.from_seed(bytes(range(32)))
UNIT = SigningKey.from_seed(bytes(range(32, 64)))
CHALLENGE, NONCE = sha256(b"challenge").digest(), sha256(b"nonce").digest()
SESSION = session_id(CHALLENGE, NONCE, UNIT.key_id, CLIENT.key_id)
FIRST = 2**32
SWITCH = "ST103/K1/E01/Q0"
METER = Policy((Grant("utility", "billing", Access.READ, 900 * 10**9),))

FRAMES: list[tuple[str, SigningKey, bytes, int, m.Message]] = [
    ("hello", UNIT, b"", 0, m.Hello(1, "OBR", UNIT.public.raw, CHALLENGE)),
    ("login", CLIENT, SESSION, 0, m.Login(1, UNIT.key_id, NONCE, "hmi", "console 1")),
    ("welcome", UNIT, SESSION, 0, m.Welcome(FIRST, "Olga", "OPERATOR", ("read", "operate", "approve"))),
    ("goodbye before the welcome", UNIT, b"", 0, m.Goodbye(m.Code.NOT_ALLOWED, "the key is not known")),
    (
        "query",
        CLIENT,
        SESSION,
        FIRST,
        m.Query(1, "MMXU1.TotW", "ST103/*", "value > 3 and quality == good", m.Function.AVG),
    ),
    ("answer", UNIT, SESSION, 1, m.Notify(1, (Instance("MMXU1.TotW", "ST103/K1/E01", 125000.5, TIME_NS),))),
    ("result", UNIT, SESSION, 2, m.Result(1, m.Code.OK)),
    ("event", CLIENT, SESSION, FIRST + 1, m.Event(2, "CSWI1.Pos", "*", initial=True)),
    ("notify, 3 missed", UNIT, SESSION, 3, m.Notify(2, (Instance("CSWI1.Pos", SWITCH, 1, TIME_NS, 0x0041),), 3)),
    ("periodic", CLIENT, SESSION, FIRST + 2, m.Periodic(3, "MMXU1.TotW", "ST103/K1/E01", 60_000)),
    ("select", CLIENT, SESSION, FIRST + 3, m.Write(4, "CSWI1.Pos.SBOw", SWITCH, 1)),
    ("refusal", UNIT, SESSION, 4, m.Result(4, m.Code.REFUSED, "S13: the feeder breaker is closed", 10)),
    ("write with policy", CLIENT, SESSION, FIRST + 4, m.Write(5, "MMTR1.SupWh", "House7", -2, METER)),
    ("unsubscribe", CLIENT, SESSION, FIRST + 5, m.Unsubscribe(6, 2)),
]


def vectors() -> dict[str, object]:
    return {
        "keys": {"unit": _key(UNIT), "client": _key(CLIENT)},
        "session": {"challenge": CHALLENGE.hex(), "nonce": NONCE.hex(), "session": SESSION.hex()},
        "frames": [_frame(*row) for row in FRAMES],
    }


def _key(key: SigningKey) -> dict[str, str]:
    seed = bytes(range(32)) if key is CLIENT else bytes(range(32, 64))
    return {"seed": seed.hex(), "public": key.public.raw.hex(), "key_id": key.key_id.hex()}


def _frame(title: str, key: SigningKey, session: bytes, sequence: int, message: m.Message) -> dict[str, object]:
    frame = seal(key, Envelope(session, sequence, TIME_NS, message))
    protected, _, payload, _ = cbor2.loads(frame).value
    return {
        "title": title,
        "key": "unit" if key is UNIT else "client",
        "message": json.loads(json.dumps(to_map(message), default=bytes.hex)),
        "protected": protected.hex(),
        "to_be_signed": cbor2.dumps(["Signature1", protected, cose.CONTEXT, payload]).hex(),
        "frame": frame.hex(),
    }


if __name__ == "__main__":
    target = Path(__file__).with_name("vectors.json")
    target.write_text(json.dumps(vectors(), indent=1) + "\n", encoding="ascii")
