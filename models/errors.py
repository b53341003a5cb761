"""The one root of every error that Ringmain raises on purpose, and its families."""

from __future__ import annotations


class RingmainError(Exception):
    """Root: whoever catches it may show its text to a person, since it is one clear line."""


class ConfigError(RingmainError):
    """A file of the site is wrong: where (file and line) and what to do stand in the text."""

    def __init__(self, file: str, line: int | None, problem: str, remedy: str) -> None:
        self.file, self.line, self.problem, self.remedy = file, line, problem, remedy
        where = file if line is None else f"{file}:{line}"
        super().__init__(f"{where}: {problem}; {remedy}")


class LinkError(RingmainError):
    """A link to a device has failed; its points turn invalid and the link is tried again with back-off."""


class ProtocolError(RingmainError):
    """Bytes or messages that break the rules of a protocol."""


class RemoteProtocolError(ProtocolError):
    """The peer broke the protocol: the link is closed, nothing else is touched."""


class LocalProtocolError(ProtocolError):
    """We were asked to send what the protocol does not allow: a defect of the caller."""


class AlgorithmError(RingmainError):
    """A calculation has no valid result; it is never replaced by a guess."""


class DivergedError(AlgorithmError):
    """An iteration did not converge: its last values are garbage and are not handed out."""

    def __init__(self, iterations: int, residual_pu: float) -> None:
        self.iterations, self.residual_pu = iterations, residual_pu
        super().__init__(f"no convergence after {iterations} iterations, residual {residual_pu:.3g} p.u.")


class StorageError(RingmainError):
    """The disk or database refused: what was not committed is not acknowledged to anyone."""


def words_of(error: BaseException) -> str:
    """What it says; its name where it says nothing. Time-outs often say nothing."""
    return str(error) or ("timed out" if isinstance(error, TimeoutError) else type(error).__name__)
