"""Who may set the unit's clock, and what is said of a clock that nobody keeps right (SAFETY S23)."""

from __future__ import annotations

import errno
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.quality import Quality
from substation.clock.kernel import ClockError, ClockHealth, KernelClock
from substation.clock.synchronisation import ASKED_AGAIN_S, Synchronisation

NOW_NS = 1_795_000_000_000_000_000
HEALTHY, UNSYNCHRONISED = ClockHealth(True, 12), ClockHealth(False, 16_000_000)


class FakeClock:
    """A computer's clock as a test wants it."""

    def __init__(self, health: ClockHealth | None) -> None:
        self.state, self.asked, self.permitted = health, 0, True
        self.set_to: list[int] = []

    def health(self) -> ClockHealth:
        self.asked += 1
        if self.state is None:
            raise ClockError("this system does not tell")
        return self.state

    def set(self, time_ns: int) -> None:
        if not self.permitted:
            raise ClockError("the clock cannot be set: Operation not permitted; give the service CAP_SYS_TIME")
        self.set_to.append(time_ns)


def kept(fake: FakeClock, now: list[float] | None = None) -> Synchronisation:
    seconds = now if now is not None else [0.0]
    return Synchronisation(lambda: NOW_NS, fake, lambda: seconds[0])


def test_a_healthy_clock_is_not_stepped() -> None:
    fake = FakeClock(HEALTHY)
    refusal, _ = kept(fake).set_by(NOW_NS + 5_000_000_000)
    assert refusal.startswith("S23")
    assert fake.set_to == []


@given(moments=st.lists(st.tuples(st.booleans(), st.floats(0.0, 3.0), st.integers(-(10**15), 10**15)), max_size=8))
def test_s23_no_centre_steps_a_healthy_clock_whatever_was_known_before(
    moments: list[tuple[bool, float, int]],
) -> None:
    """moments: whether the clock is healthy, how long after the one before, and the step that is asked for (ns)."""
    fake, now = FakeClock(HEALTHY), [0.0]
    synchronisation = kept(fake, now)
    for healthy, later_s, step_ns in moments:
        fake.state = HEALTHY if healthy else UNSYNCHRONISED
        now[0] += later_s
        assert synchronisation.quality >= 0  # somebody else may have asked meanwhile
        set_before = len(fake.set_to)
        refusal, _ = synchronisation.set_by(NOW_NS + step_ns)
        assert refusal.startswith("S23") is healthy
        assert len(fake.set_to) == set_before + (refusal == "")


def test_a_clock_that_is_not_synchronised_is_set() -> None:
    fake = FakeClock(UNSYNCHRONISED)
    assert kept(fake).set_by(NOW_NS + 1_500_000_000) == ("", 1.5)
    assert fake.set_to == [NOW_NS + 1_500_000_000]


def test_health_is_asked_anew_before_a_step() -> None:
    fake = FakeClock(UNSYNCHRONISED)
    synchronisation = kept(fake)
    assert synchronisation.quality
    fake.state = HEALTHY  # a moment later the daemon has found its server
    assert "S23" in synchronisation.set_by(NOW_NS)[0]


def test_what_is_not_permitted_or_not_plausible_is_refused_with_a_remedy() -> None:
    fake = FakeClock(UNSYNCHRONISED)
    fake.permitted = False
    assert "CAP_SYS_TIME" in kept(fake).set_by(NOW_NS)[0]
    fake.permitted = True
    assert "days off" in kept(fake).set_by(NOW_NS + 400 * 86_400 * 1_000_000_000)[0]
    assert fake.set_to == []


def test_a_clock_of_which_nothing_is_known_is_not_trusted() -> None:
    assert kept(FakeClock(None)).quality == int(Quality.CLOCK_NOT_SYNCHRONISED)
    assert kept(FakeClock(HEALTHY)).quality == 0


def test_the_system_is_asked_once_a_second_at_most() -> None:
    fake, now = FakeClock(HEALTHY), [0.0]
    synchronisation = kept(fake, now)
    for _ in range(100):
        synchronisation.health  # noqa: B018
    assert fake.asked == 1
    now[0] += ASKED_AGAIN_S
    assert synchronisation.health is HEALTHY
    assert fake.asked == 2


def test_the_kernel_tells_its_health() -> None:
    health = KernelClock().health()
    assert health.estimated_error_us >= 0
    assert str(health).startswith("synchronised" if health.synchronised else "not synchronised")


def test_the_kernel_refuses_to_be_set_by_whoever_may_not(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(clock: int, time_ns: int) -> None:
        raise PermissionError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(time, "clock_settime_ns", refuse)
    with pytest.raises(ClockError, match="CAP_SYS_TIME"):
        KernelClock().set(NOW_NS)
