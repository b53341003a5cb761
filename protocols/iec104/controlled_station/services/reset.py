"""Reset of the process by a control centre (C_RP_NA_1, IEC 60870-5-101 7.3.4.6): off unless granted (SAFETY S23)."""

from __future__ import annotations

from collections.abc import Callable

from models.errors import LocalProtocolError
from protocols.iec104.application.asdu import Asdu, Service
from protocols.iec104.application.cause import Cause

Answer = Callable[[str], None]
"""Takes why a reset is refused; '' when it will happen."""

GENERAL_RESET = 1
RESET_OF_EVENTS = 2
"""QRP: of the whole process; of the time-tagged information that waits in the event buffer."""


class Reset:
    """Of one connection. answer: sends a confirmation; note: one line for the event list. general: asks for a reset;
    clear: drops the waiting events and returns how many, None for who has none."""

    def __init__(
        self,
        granted: bool,
        answer: Callable[[Asdu], None],
        note: Callable[[str], None],
        general: Callable[[Answer], None],
        clear: Callable[[], int] | None,
    ) -> None:
        self._granted, self._answer, self._note = granted, answer, note
        self._general, self._clear = general, clear

    def take(self, asdu: Asdu, item: Service) -> None:
        """Confirmed before anything happens, so that the confirmation still leaves."""
        if not self._granted:
            self._refuse(asdu, "S23: a reset of the process is not granted: [control_centre] reset")
        elif asdu.test:
            self._confirm(asdu, True)
        elif item.qualifier == RESET_OF_EVENTS and self._clear is not None:
            self._confirm(asdu, True)
            count = self._clear()
            self._note(f"reset of pending time-tagged information: {count} events that waited were dropped")
        elif item.qualifier == GENERAL_RESET:
            self._ask(asdu)
        else:
            self._refuse(asdu, f"reset of the process with qualifier {item.qualifier} is not possible here")

    def _ask(self, asdu: Asdu) -> None:
        answers: list[str] = []

        def answer(refusal: str) -> None:
            if answers:
                raise LocalProtocolError("a reset of the process is answered once")
            answers.append(refusal)
            if refusal:
                self._refuse(asdu, f"reset of the process refused: {refusal}")
            else:
                self._note("reset of the process accepted")
                self._confirm(asdu, True)

        self._general(answer)

    def _refuse(self, asdu: Asdu, why: str) -> None:
        self._note(why)
        self._confirm(asdu, False)

    def _confirm(self, asdu: Asdu, positive: bool) -> None:
        cause = Cause.ACTIVATION_CON
        mirrored = Asdu(
            asdu.type_id, cause, asdu.common_address, asdu.objects, asdu.originator, not positive, asdu.test
        )
        self._answer(mirrored)
