"""Both sessions, without sockets: opening, correlation, time-outs, replay, tampering, lost links."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.errors import LocalProtocolError, RemoteProtocolError
from models.wire import messages as m
from models.wire.envelope import Envelope, seal
from models.wire.happenings import Answered, Closed, Notified, Opened, Resumed
from models.wire.instance import Instance
from models.wire.keys import SigningKey
from models.wire.server_session import ServerSession
from models.wire.session import ClientSession
from tests.models.wire.pair import CLIENT, START, UNIT, Pair, find, later

ROW = Instance("MMXU1.TotW", "ST103/K1/E01", 1.5, 5)


def opened() -> Pair:
    pair = Pair()
    pair.open()
    return pair


def test_opening_and_an_answer_in_parts() -> None:
    pair = opened()
    assert pair.happenings == [Opened("OBR", m.Welcome(2**32, "Olga", "OPERATOR", ("read",)))]
    identifier = pair.client.query("MMXU1.TotW", "ST103/*", now=START)
    assert pair.to_server() == [m.Query(identifier, "MMXU1.TotW", "ST103/*")]
    pair.server.reply(m.Notify(identifier, (ROW,)), START)
    assert pair.to_client() == []
    pair.server.reply(m.Notify(identifier, (ROW,)), START)
    pair.server.reply(m.Result(identifier, m.Code.OK), START)
    assert pair.to_client() == [Answered(identifier, m.Code.OK, instances=(ROW, ROW))]


def test_requests_made_before_the_link_wait_for_it() -> None:
    pair = Pair()
    event = pair.client.event("CSWI1.Pos", "*")
    query = pair.client.query("Model", "OBR", now=START)
    pair.open()
    assert [request.id for request in pair.to_server()] == [event, query]
    assert pair.to_server() == []


def test_time_outs_are_told_once_and_late_answers_are_dropped() -> None:
    pair = opened()
    query = pair.client.query("Model", "OBR", now=START, timeout_s=2)
    write = pair.client.write("Tag.Place", "ST103/K1/E01/Q0", "x", now=START, timeout_s=3)
    pair.to_server()
    assert pair.client.tick(later(1.9)) == []
    assert [(answer.id, answer.code) for answer in pair.client.tick(later(2))] == [(query, m.Code.TIMED_OUT)]
    (unknown,) = pair.client.tick(later(3))
    assert (unknown.id, unknown.code) == (write, m.Code.UNKNOWN)
    assert "outcome is unknown" in unknown.text
    pair.server.reply(m.Result(query, m.Code.OK), START)
    assert pair.to_client() == []


def test_a_lost_link_repeats_reads_and_never_writes() -> None:
    pair = opened()
    subscription = pair.client.event("CSWI1.Pos", "*")
    query = pair.client.query("Model", "OBR", now=START)
    write = pair.client.write("CSWI1.Pos.Oper", "ST103/K1/E01/Q0", 1, now=START)
    pair.to_server()
    pair.server.reply(m.Result(subscription, m.Code.OK), START)
    pair.to_client()
    lost = pair.client.disconnected(later(1))
    assert [(part.id, part.code) for part in lost if isinstance(part, Answered)] == [(write, m.Code.UNKNOWN)]
    assert isinstance(lost[-1], Closed)
    refused = pair.client.write("CSWI1.Pos.Oper", "ST103/K1/E01/Q0", 1, now=later(1))
    assert [(part.id, part.code) for part in pair.client.tick(later(1))] == [(refused, m.Code.NOT_SENT)]
    pair.relink()
    assert [request.id for request in pair.to_server()] == [subscription, query]
    pair.server.reply(m.Result(subscription, m.Code.OK), START)
    pair.server.reply(m.Notify(subscription, (ROW,), missed=4), START)
    assert pair.to_client() == [Resumed(subscription), Notified(subscription, (ROW,), 4)]


def test_a_write_that_had_not_left_was_not_sent() -> None:
    pair = opened()
    write = pair.client.write("CSWI1.Pos.Oper", "ST103/K1/E01/Q0", 1, now=START)
    (lost, _) = pair.client.disconnected(START)
    assert (lost.id, lost.code) == (write, m.Code.NOT_SENT)
    pair.relink()
    assert pair.to_server() == []


def test_a_subscription_refused_at_the_new_link_ends() -> None:
    pair = opened()
    subscription = pair.client.event("CSWI1.Pos", "*")
    pair.to_server()
    pair.server.reply(m.Result(subscription, m.Code.OK), START)
    pair.to_client()
    pair.client.disconnected(START)
    pair.relink()
    pair.to_server()
    pair.server.reply(m.Result(subscription, m.Code.NOT_ALLOWED, "no right"), START)
    assert pair.to_client() == [Answered(subscription, m.Code.NOT_ALLOWED, "no right")]
    assert not pair.client.is_subscribed(subscription)


def test_unsubscribe_without_link() -> None:
    pair = Pair()
    subscription = pair.client.event("CSWI1.Pos", "*")
    ended = pair.client.unsubscribe(subscription, now=START)
    assert pair.client.tick(START) == [Answered(ended, m.Code.OK)]
    pair.open()
    assert pair.to_server() == []
    with pytest.raises(LocalProtocolError, match="not a subscription"):
        pair.client.unsubscribe(subscription, now=START)


def test_replay_within_the_session_is_refused() -> None:
    pair = opened()
    pair.client.query("Model", "OBR", now=START)
    pair.to_server()
    with pytest.raises(RemoteProtocolError, match="replayed"):
        pair.server.receive(pair.recorded[-1], START)


def test_a_suppressed_message_is_noticed() -> None:
    pair = opened()
    pair.client.query("Model", "OBR", now=START)
    pair.client.outgoing(START)
    pair.client.query("Model", "OBR", now=START)
    (second,) = pair.client.outgoing(START)
    with pytest.raises(RemoteProtocolError, match="lost"):
        pair.server.receive(second, START)


def test_replay_into_another_connection_is_refused() -> None:
    pair = opened()
    pair.client.query("Model", "OBR", now=START)
    pair.to_server()
    login, request = pair.recorded
    fresh = ServerSession(UNIT, "OBR", find)
    with pytest.raises(RemoteProtocolError, match="replay"):
        fresh.receive(login, START)
    other = opened()
    with pytest.raises(RemoteProtocolError, match="another session"):
        other.server.receive(request, START)


def test_even_with_a_broken_random_generator_reserved_numbers_refuse_the_replay() -> None:
    """The second line of defence: the same challenge and nonce again, but the numbers on disk have moved on."""

    def same(count: int) -> bytes:
        return bytes(count)

    client = ClientSession(CLIENT, unit_key=UNIT.public, random_octets=same)
    pair = Pair(client)
    pair.server = ServerSession(UNIT, "OBR", find, same)
    pair.open()
    client.write("CSWI1.Pos.Oper", "ST103/K1/E01/Q0", 1, now=START)
    pair.to_server()
    login, write = pair.recorded
    restarted = ServerSession(UNIT, "OBR", find, same)
    restarted.receive(login, START)
    restarted.admit(2 * 2**32, "Olga", "OPERATOR", (), START)
    with pytest.raises(RemoteProtocolError, match="replayed"):
        restarted.receive(write, START)


def test_another_clients_frame_is_refused() -> None:
    pair = opened()
    session = pair.server._channel._session  # noqa: SLF001
    forged = seal(UNIT, Envelope(session, 2**32, START.utc_ns, (m.Query(1, "a", "b"),)))
    with pytest.raises(RemoteProtocolError, match="is not known"):
        pair.server.receive(forged, START)


@pytest.mark.parametrize("seconds", [-61, 61, 3600])
def test_clock_skew_is_refused_with_its_size(seconds: int) -> None:
    pair = opened()
    pair.client.query("Model", "OBR", now=START)
    (frame,) = pair.client.outgoing(later(seconds))
    with pytest.raises(RemoteProtocolError, match=f"{abs(seconds)} s (ahead|behind)"):
        pair.server.receive(frame, START)


def test_a_login_for_another_unit_is_refused() -> None:
    pair = Pair()
    other = SigningKey.from_seed(bytes([11]) * 32)
    pair.client = ClientSession(CLIENT)
    pair.client.connected()
    for frame in pair.server.outgoing(START):
        pair.client.receive(frame, START)
    (login,) = pair.client.outgoing(START)
    with pytest.raises(RemoteProtocolError, match="another unit"):
        ServerSession(other, "OBR2", find).receive(login, START)


def test_a_client_keeps_the_first_unit_key_and_refuses_another() -> None:
    client = ClientSession(CLIENT)
    client.connected()
    for frame in ServerSession(UNIT, "OBR", find).outgoing(START):
        assert client.receive(frame, START) == []
    client.disconnected(START)
    client.connected()
    impostor = ServerSession(SigningKey.from_seed(bytes([11]) * 32), "OBR", find)
    (told,) = client.receive(impostor.outgoing(START)[0], START)
    assert isinstance(told, Closed)
    assert "the unit shows key" in told.text
    assert "admit" not in told.text  # to admit the impostor's key would be the wrong remedy


def test_goodbye_before_and_after_the_welcome() -> None:
    pair = Pair(ClientSession(CLIENT))
    pair.client.connected()
    pair.to_client()
    pair.client.outgoing(START)
    pair.server.goodbye(m.Code.NOT_ALLOWED, "unknown key", START)
    assert pair.to_client() == [Closed("unknown key", m.Code.NOT_ALLOWED)]
    pair = opened()
    pair.server.goodbye(m.Code.OVERLOADED, "enough", START)
    assert pair.to_client() == [Closed("enough", m.Code.OVERLOADED)]


def test_what_cannot_travel_uses_no_number() -> None:
    pair = opened()
    with pytest.raises(LocalProtocolError, match="Model holds a object"):
        pair.server.reply(m.Notify(1, (Instance("Model", "OBR", object(), 1),)), START)  # type: ignore[arg-type]
    query = pair.client.query("Model", "OBR", now=START)
    pair.server.reply(m.Result(query, m.Code.FAILED, "x"), START)
    assert pair.to_client() == [Answered(query, m.Code.FAILED, "x")]


@pytest.mark.parametrize(
    "ask",
    [
        lambda client: client.query("a", "b", "value >", now=START),
        lambda client: client.query("a" * 600, "b", now=START),
        lambda client: client.query("a", "b", count=0, now=START),
        lambda client: client.periodic("a", "b", 10),
        lambda client: client.write("a", "b", 2**64, now=START),
    ],
)
def test_bad_requests_never_leave(ask: Callable[[ClientSession], int]) -> None:
    pair = opened()
    with pytest.raises(Exception, match="position|field|travel"):
        ask(pair.client)
    assert pair.to_server() == []


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_no_changed_octet_gets_through(data: st.DataObject) -> None:
    pair = opened()
    pair.client.write("CSWI1.Pos.Oper", "ST103/K1/E01/Q0", 1, now=START)
    (frame,) = pair.client.outgoing(START)
    place = data.draw(st.integers(0, len(frame) - 1))
    changed = bytearray(frame)
    changed[place] ^= data.draw(st.integers(1, 255))
    with pytest.raises(RemoteProtocolError):
        pair.server.receive(bytes(changed), START)


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=400))
def test_any_bytes_end_in_one_error(data: bytes) -> None:
    with pytest.raises(RemoteProtocolError):
        ServerSession(UNIT, "OBR", find).receive(data, START)
    client = ClientSession(CLIENT)
    client.connected()
    (told,) = client.receive(data, START)
    assert isinstance(told, Closed)
