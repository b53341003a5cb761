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
from tests.models.wire.authority import authority_certificate, certificate

TIME_NS = 1_772_366_400_000_000_000  # 2026-03-01T12:00:00Z
SEEDS = {"client": bytes(range(32)), "unit": bytes(range(32, 64)), "fresh": bytes(range(64, 96))}
CLIENT, UNIT, FRESH = (SigningKey.from_seed(SEEDS[name]) for name in ("client", "unit", "fresh"))
CHALLENGE, NONCE = sha256(b"challenge").digest(), sha256(b"nonce").digest()
SESSION, FRESH_SESSION = (session_id(CHALLENGE, NONCE, UNIT.key_id, key.key_id) for key in (CLIENT, FRESH))
CHAIN = (certificate(CLIENT.public, "Olga"), authority_certificate())
FIRST = 2**32
SWITCH = "ST103/K1/E01/Q0"
METER = Policy((Grant("utility", "billing", Access.READ, 900 * 10**9),))
POWER = Instance("MMXU1.TotW", "ST103/K1/E01", 125000.5, TIME_NS)
LOGIN = m.Login(1, UNIT.key_id, NONCE, "hmi", "console 1")
PASSWORD_LOGIN = m.Login(1, UNIT.key_id, NONCE, user="Olga", password="correct horse", key=FRESH.public.raw)

Row = tuple[str, SigningKey, bytes, int, tuple[m.Message, ...]]

FRAMES: list[Row] = [
    ("hello", UNIT, b"", 0, (m.Hello(1, "OBR", UNIT.public.raw, CHALLENGE),)),
    ("login", CLIENT, SESSION, 0, (LOGIN,)),
    ("login with a certificate", CLIENT, SESSION, 0, (LOGIN,)),
    ("login with a certificate and its authority's", CLIENT, SESSION, 0, (LOGIN,)),
    ("login with a password", FRESH, FRESH_SESSION, 0, (PASSWORD_LOGIN,)),
    ("welcome", UNIT, SESSION, 0, (m.Welcome(FIRST, "Olga", "OPERATOR", ("read", "operate", "approve")),)),
    ("goodbye before the welcome", UNIT, b"", 0, (m.Goodbye(m.Code.NOT_ALLOWED, "the key is not known"),)),
    (
        "query",
        CLIENT,
        SESSION,
        FIRST,
        (m.Query(1, "MMXU1.TotW", "ST103/*", "value > 3 and quality == good", m.Function.AVG),),
    ),
    ("first part of an answer", UNIT, SESSION, 1, (m.Notify(1, (POWER,)),)),
    ("result", UNIT, SESSION, 2, (m.Result(1, m.Code.OK, instances=(POWER,)),)),
    ("event", CLIENT, SESSION, FIRST + 1, (m.Event(2, "CSWI1.Pos", "*", initial=True),)),
    ("event accepted, with cursor", UNIT, SESSION, 3, (m.Result(2, m.Code.OK, cursor=TIME_NS),)),
    (
        "notify, 3 missed",
        UNIT,
        SESSION,
        4,
        (m.Notify(2, (Instance("CSWI1.Pos", SWITCH, 1, TIME_NS, 0x0041),), 3, TIME_NS + 7),),
    ),
    ("event after a lost link", CLIENT, SESSION, FIRST + 2, (m.Event(2, "CSWI1.Pos", "*", after=TIME_NS + 7),)),
    ("nobody knows how many were missed", UNIT, SESSION, 5, (m.Notify(2, (), m.MISSED_UNKNOWN),)),
    ("periodic", CLIENT, SESSION, FIRST + 3, (m.Periodic(3, "MMXU1.TotW", "ST103/K1/E01", 60_000),)),
    ("select", CLIENT, SESSION, FIRST + 4, (m.Write(4, "CSWI1.Pos.SBOw", SWITCH, 1),)),
    ("refusal", UNIT, SESSION, 6, (m.Result(4, m.Code.REFUSED, "S13: the feeder breaker is closed", 10),)),
    ("write with policy", CLIENT, SESSION, FIRST + 5, (m.Write(5, "MMTR1.SupWh", "House7", -2, METER),)),
    ("unsubscribe", CLIENT, SESSION, FIRST + 6, (m.Unsubscribe(6, 2),)),
    ("event at another unit", CLIENT, SESSION, FIRST + 7, (m.Event(7, "MMTR1.SupWh", "//CMU017"),)),
    ("a link behind the unit broke", UNIT, SESSION, 7, (m.Result(7, m.Code.LOST, "the link to CMU017 broke"),)),
    (
        "two requests under one signature",
        CLIENT,
        SESSION,
        FIRST + 8,
        (m.Query(8, "MMXU1.TotW", "ST103/K1/E01"), m.Query(9, "CSWI1.Pos", SWITCH)),
    ),
    (
        "two answers under one signature",
        UNIT,
        SESSION,
        8,
        (m.Result(8, m.Code.OK, instances=(POWER,)), m.Result(9, m.Code.UNKNOWN_VARIABLE, "no device has the point")),
    ),
]
CHAINS = {
    "login with a certificate": CHAIN[:1],
    "login with a certificate and its authority's": CHAIN,
}


def vectors() -> dict[str, object]:
    return {
        "keys": {name: _key(seed) for name, seed in SEEDS.items()},
        "session": {"challenge": CHALLENGE.hex(), "nonce": NONCE.hex(), "session": SESSION.hex()},
        "frames": [_frame(*row) for row in FRAMES],
    }


def _key(seed: bytes) -> dict[str, str]:
    key = SigningKey.from_seed(seed)
    return {"seed": seed.hex(), "public": key.public.raw.hex(), "key_id": key.key_id.hex()}


def _frame(
    title: str, key: SigningKey, session: bytes, sequence: int, messages: tuple[m.Message, ...]
) -> dict[str, object]:
    frame = seal(key, Envelope(session, sequence, TIME_NS, messages), CHAINS.get(title, ()))
    protected, unprotected, payload, _ = cbor2.loads(frame).value
    return {
        "title": title,
        "key": {UNIT.key_id: "unit", CLIENT.key_id: "client", FRESH.key_id: "fresh"}[key.key_id],
        "message": json.loads(json.dumps(_plain(messages), default=bytes.hex)),
        "protected": protected.hex(),
        "unprotected": cbor2.dumps(unprotected).hex(),
        "to_be_signed": cbor2.dumps(["Signature1", protected, cose.CONTEXT, payload]).hex(),
        "frame": frame.hex(),
    }


def _plain(messages: tuple[m.Message, ...]) -> object:
    maps = [to_map(message) for message in messages]
    return maps[0] if len(maps) == 1 else maps


if __name__ == "__main__":
    target = Path(__file__).with_name("vectors.json")
    target.write_text(json.dumps(vectors(), indent=1) + "\n", encoding="ascii")
