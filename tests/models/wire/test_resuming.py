"""Links behind the unit that break (code lost), cursors, and messages that share a signature."""

from __future__ import annotations

import pytest

from models.errors import RemoteProtocolError
from models.wire import messages as m
from models.wire.envelope import Envelope, seal
from models.wire.happenings import Answered, Closed, Noted, Notified, Resumed
from models.wire.instance import Instance
from tests.models.wire.pair import CLIENT, START, Pair, later

ROW = Instance("MMXU1.TotW", "CMU017", 1.5, 5)


def opened() -> Pair:
    pair = Pair()
    pair.open()
    return pair


def subscribed(location: str = "//CMU017/CMU017") -> tuple[Pair, int]:
    pair = opened()
    subscription = pair.client.event("MMXU1.TotW", location)
    pair.to_server()
    pair.server.reply(m.Result(subscription, m.Code.OK), START)
    pair.to_client()
    return pair, subscription


def lose(pair: Pair, subscription: int, seconds: float) -> None:
    pair.server.reply(m.Result(subscription, m.Code.LOST, "the link to CMU017 broke"), later(seconds))
    assert pair.to_client(later(seconds)) == []


def asked_again(pair: Pair, seconds: float) -> list[int]:
    assert pair.client.tick(later(seconds)) == []
    return [request.id for request in pair.to_server(later(seconds))]


def test_a_lost_subscription_is_made_again_with_back_off() -> None:
    pair, subscription = subscribed()
    lose(pair, subscription, 0)
    assert asked_again(pair, 0.4) == []
    assert asked_again(pair, 0.5) == [subscription]
    lose(pair, subscription, 0.5)
    assert asked_again(pair, 1.4) == []
    assert asked_again(pair, 1.5) == [subscription]
    pair.server.reply(m.Result(subscription, m.Code.OK), later(1.5))
    pair.server.reply(m.Notify(subscription, (ROW,)), later(1.5))
    assert pair.to_client(later(1.5)) == [Resumed(subscription), Notified(subscription, (ROW,))]
    lose(pair, subscription, 2)  # the back-off starts anew
    assert asked_again(pair, 2.5) == [subscription]


def test_a_lost_subscription_may_be_unsubscribed_and_its_own_link_may_break_too() -> None:
    pair, subscription = subscribed()
    lose(pair, subscription, 0)
    ended = pair.client.unsubscribe(subscription, now=START)
    assert pair.client.tick(later(9)) == [Answered(ended, m.Code.OK)]
    assert pair.to_server() == []
    pair, subscription = subscribed()
    lose(pair, subscription, 0)
    pair.client.disconnected(START)
    pair.relink()
    assert [request.id for request in pair.to_server()] == [subscription]
    assert asked_again(pair, 0.5) == []


def test_a_subscription_that_was_never_in_force_is_refused_as_lost() -> None:
    pair = opened()
    subscription = pair.client.event("MMXU1.TotW", "//CMU017/CMU017")
    pair.to_server()
    pair.server.reply(m.Result(subscription, m.Code.LOST, "no link to CMU017"), START)
    assert pair.to_client() == [Answered(subscription, m.Code.LOST, "no link to CMU017")]
    assert not pair.client.is_subscribed(subscription)


def test_a_lost_query_is_repeated_until_its_time_out_and_a_lost_write_never() -> None:
    pair = opened()
    query = pair.client.query("MMXU1.TotW", "//CMU017/CMU017", now=START, timeout_s=2)
    pair.to_server()
    pair.server.reply(m.Notify(query, (ROW,)), START)
    pair.server.reply(m.Result(query, m.Code.LOST), START)
    assert pair.to_client() == []
    assert asked_again(pair, 0.5) == [query]
    pair.server.reply(m.Result(query, m.Code.OK, instances=(ROW,)), START)
    assert pair.to_client() == [Answered(query, m.Code.OK, instances=(ROW,))]  # nothing of the first attempt
    query = pair.client.query("MMXU1.TotW", "//CMU017/CMU017", now=START, timeout_s=0.4)
    write = pair.client.write("Strategy", "//CMU017/CMU017", 1, now=START)
    pair.to_server()
    for identifier in (query, write):
        pair.server.reply(m.Result(identifier, m.Code.LOST), START)
    assert pair.to_client() == [Answered(write, m.Code.LOST)]
    assert [(each.id, each.code) for each in pair.client.tick(later(0.5))] == [(query, m.Code.TIMED_OUT)]
    assert pair.to_server() == []


def test_the_newest_cursor_goes_along_when_a_subscription_is_made_again() -> None:
    pair = opened()
    subscription = pair.client.event("CSWI1.Pos", "*")
    (first,) = pair.to_server()
    assert isinstance(first, m.Event)
    assert first.after is None
    pair.server.reply(m.Result(subscription, m.Code.OK, cursor=70), START)
    pair.server.reply(m.Notify(subscription, (ROW,), cursor=80), START)
    pair.server.reply(m.Notify(subscription, (ROW,)), START)
    pair.to_client()
    pair.client.disconnected(START)
    pair.relink()
    assert pair.to_server() == [m.Event(subscription, "CSWI1.Pos", "*", initial=True, after=80)]


def test_what_a_policy_keeps_back_is_told() -> None:
    pair, subscription = subscribed("*")
    pair.server.reply(m.Result(subscription, m.Code.OK, "the owner's policy keeps some back"), START)
    assert pair.to_client() == [Noted(subscription, "the owner's policy keeps some back")]
    assert pair.client.is_subscribed(subscription)


def test_small_requests_share_a_frame_and_others_travel_alone() -> None:
    pair = opened()
    for _ in range(20):
        pair.client.query("Model", "OBR", now=START)
    pair.client.write("Strategy", "OBR", {"mode": "x"}, now=START)
    pair.client.query("Model", "//CMU017/CMU017", now=START)
    pair.client.query("Model", "OBR", now=START)
    before = len(pair.recorded)
    assert [request.id for request in pair.to_server()] == list(range(1, 24))
    assert len(pair.recorded) - before == 5  # 16, 4, the write, the one for elsewhere, the last


def test_answers_share_a_frame() -> None:
    pair = opened()
    queries = [pair.client.query("Model", "OBR", now=START) for _ in range(3)]
    pair.to_server()
    pair.server.reply_all(tuple(m.Result(each, m.Code.OK) for each in queries), START)
    assert pair.to_client() == [Answered(each, m.Code.OK) for each in queries]


@pytest.mark.parametrize(
    "messages",
    [
        (m.Query(1, "a", "//b/c"), m.Query(2, "a", "b")),
        (m.Query(1, "a", "b"), m.Result(1, m.Code.OK)),
        (m.Notify(1), m.Notify(2)),
        (m.Query(1, "a", "b"), m.Goodbye(m.Code.OK, "")),
        tuple(m.Query(each, "a", "b") for each in range(1, 66)),
    ],
)
def test_what_must_not_share_a_frame_is_refused(messages: tuple[m.Message, ...]) -> None:
    pair = opened()
    session = pair.server._channel._session  # noqa: SLF001
    with pytest.raises(RemoteProtocolError, match="alone|share|expected|array"):
        pair.server.receive(seal(CLIENT, Envelope(session, pair.first, START.utc_ns, messages)), START)


def test_a_client_refuses_requests_and_keeps_what_came_before() -> None:
    pair, subscription = subscribed("*")
    pair.server._channel._send_next += 1  # noqa: SLF001
    pair.server.reply(m.Notify(subscription), START)
    (closed,) = pair.to_client()
    assert isinstance(closed, Closed)
    assert "sequence number" in closed.text
