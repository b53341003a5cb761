"""The worker's side: reads a job, does it, answers, until nobody is there any more. No event loop here."""

from __future__ import annotations

from collections.abc import Callable
from typing import BinaryIO

from models.errors import LocalProtocolError, RingmainError
from models.privacy.cipher import add, decrypt, noise
from models.privacy.sum_key import PrivateSumKey, PublicSumKey
from models.wire.cbor import WireValue
from protocols.arithmetic.message import HEADER, LONGEST_OCTETS, OK, Work, error_name, from_body, to_frame


def serve(jobs: BinaryIO, answers: BinaryIO) -> None:
    """Until the pool closes its end. OSError and RemoteProtocolError when what comes is not from a pool."""
    while (header := jobs.read(HEADER.size)) and len(header) == HEADER.size:
        (length,) = HEADER.unpack(header)
        if length > LONGEST_OCTETS:
            return
        work, arguments = from_body(jobs.read(length))
        answers.write(to_frame(_answer(work, arguments)))
        answers.flush()


def _answer(work: WireValue, arguments: WireValue) -> WireValue:
    try:
        return [OK, DOES[Work(work)](arguments)]
    except RingmainError as error:
        return [error_name(error), str(error)]
    except ValueError as error:
        return [error_name(RingmainError()), f"no such work: {error}"]


def _noise(arguments: WireValue) -> WireValue:
    """[n, count] -> array of noise."""
    match arguments:
        case [bytes(n), int(count)]:
            key = PublicSumKey.from_octets(n)
            return [noise(key) for _ in range(count)]
    raise LocalProtocolError("noise takes a key and a count")


def _add(arguments: WireValue) -> WireValue:
    """[n, ciphertexts] -> ciphertext."""
    match arguments:
        case [bytes(n), list(ciphers)]:
            return add(PublicSumKey.from_octets(n), [cipher for cipher in ciphers if isinstance(cipher, bytes)])
    raise LocalProtocolError("add takes a key and ciphertexts")


def _decrypt(arguments: WireValue) -> WireValue:
    """[primes, ciphertext, participants] -> Wh."""
    match arguments:
        case [bytes(primes), bytes(cipher), int(participants)]:
            return decrypt(PrivateSumKey.from_octets(primes), cipher, participants)
    raise LocalProtocolError("decrypt takes a key, a ciphertext and the number of participants")


DOES: dict[Work, Callable[[WireValue], WireValue]] = {Work.NOISE: _noise, Work.ADD: _add, Work.DECRYPT: _decrypt}
