"""The pool of arithmetic processes: what it returns, what it refuses, and that a dead or late process is replaced."""

from __future__ import annotations

import asyncio
import os
import signal
import time

import pytest

from models.errors import AlgorithmError, RemoteProtocolError
from models.privacy.cipher import encrypt
from protocols.arithmetic import pool
from protocols.arithmetic.pool import Arithmetic, ArithmeticFailedError
from tests.models.privacy.sample import sum_key

KEY = sum_key()


def test_a_sum_from_noise_to_decryption() -> None:
    async def scene() -> None:
        async with Arithmetic() as arithmetic:
            assert arithmetic.process_ids == []  # nothing costs before it is needed
            prepared = await arithmetic.noise(KEY.public, 3)
            ciphers = [encrypt(KEY.public, wh, noise) for wh, noise in zip((5, 7, -2), prepared, strict=True)]
            total = await arithmetic.add(KEY.public, ciphers)
            assert await arithmetic.decrypt(KEY, total, 3) == 10
            with pytest.raises(RemoteProtocolError, match="not in the group"):
                await arithmetic.add(KEY.public, [bytes(768)])
            giant = await arithmetic.add(KEY.public, [encrypt(KEY.public, 10**9, noise) for noise in prepared])
            with pytest.raises(AlgorithmError, match="has not encrypted a reading"):
                await arithmetic.decrypt(KEY, giant, 1)
            (process,) = arithmetic.process_ids
        with pytest.raises(ProcessLookupError):
            os.kill(process, 0)

    asyncio.run(scene())


def test_the_loop_does_not_calculate() -> None:
    async def scene() -> float:
        async with Arithmetic() as arithmetic:
            await arithmetic.noise(KEY.public, 1)  # the process is there
            used_s = time.thread_time()  # of the loop's thread: whatever else the machine does
            assert len(set(await arithmetic.noise(KEY.public, 20))) == 20  # 0.6 s of work
            return time.thread_time() - used_s

    assert asyncio.run(scene()) < 0.05


def test_a_process_that_dies_is_replaced_and_its_job_done() -> None:
    async def scene() -> None:
        async with Arithmetic() as arithmetic:
            await arithmetic.noise(KEY.public, 1)
            (first,) = arithmetic.process_ids
            job = asyncio.create_task(arithmetic.noise(KEY.public, 10))
            await asyncio.sleep(0)
            os.kill(first, signal.SIGKILL)
            assert len(await job) == 10
            assert arithmetic.process_ids != [first]

    asyncio.run(scene())


def test_a_late_job_is_given_up_and_the_next_one_done() -> None:
    async def scene() -> None:
        async with Arithmetic(timeout_s=0.001) as arithmetic:
            with pytest.raises(ArithmeticFailedError, match=r"not done within 0\.001 s"):
                await arithmetic.noise(KEY.public, 100)
            assert arithmetic.process_ids == []
        async with Arithmetic() as arithmetic:
            job = asyncio.create_task(arithmetic.noise(KEY.public, 200))
            while not arithmetic.process_ids:
                await asyncio.sleep(0.01)
            job.cancel()
            await asyncio.gather(job, return_exceptions=True)
            assert len(await arithmetic.noise(KEY.public, 1)) == 1

    asyncio.run(scene())


def test_too_many_jobs_are_refused_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool, "MOST_WAITING", 2)

    async def scene() -> None:
        async with Arithmetic() as arithmetic:
            jobs = [asyncio.create_task(arithmetic.noise(KEY.public, 1)) for _ in range(4)]
            ended = await asyncio.gather(*jobs, return_exceptions=True)
            assert [isinstance(each, ArithmeticFailedError) for each in ended] == [False, False, True, True]

    asyncio.run(scene())
