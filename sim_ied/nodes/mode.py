"""Mod and Beh of IEC 61850-7-4: what the modes of logical device and logical node make together, and what follows."""

from __future__ import annotations

from dataclasses import dataclass

from models.quality import Quality

_OFF = 5
_TEST, _BLOCKED = (3, 4), (2, 4)


@dataclass(frozen=True, slots=True)
class Mode:
    """One of on, blocked, test, test/blocked, off. number: its ord in the standard's BehaviourModeKind."""

    number: int

    @property
    def off(self) -> bool:
        return self.number == _OFF

    @property
    def test(self) -> bool:
        return self.number in _TEST

    @property
    def blocked(self) -> bool:
        """Nothing goes out to the process."""
        return self.number in _BLOCKED

    @property
    def quality(self) -> int:
        """Of everything the node tells."""
        return int(Quality.TEST if self.test else Quality.INVALID if self.off else Quality.GOOD)

    def below(self, above: Mode) -> Mode:
        """Beh of a node of this mode in a device of that one: off wins, test and blocked add up (7-4, table of Beh)."""
        if self.off or above.off:
            return OFF
        test, blocked = self.test or above.test, self.blocked or above.blocked
        return _BY_FLAGS[test, blocked]

    def takes(self, test: bool) -> bool:
        """Whether a command with that test flag is carried out: a test needs a node under test, and nothing else."""
        return not self.off and self.test == test

    def hears(self, other: Mode) -> bool:
        """Whether a function in this mode acts on what one in the other mode tells it."""
        return not self.off and not other.off and (self.test or not other.test)


ON, BLOCKED, TEST, TEST_BLOCKED, OFF = (Mode(number) for number in range(1, 6))
_BY_FLAGS = {(False, False): ON, (False, True): BLOCKED, (True, False): TEST, (True, True): TEST_BLOCKED}
MODES = (ON, BLOCKED, TEST, TEST_BLOCKED, OFF)
