"""A printer's queue: jobs go out in order, wait while the printer cannot, and never twice."""

import asyncio
from typing import Any

import pytest

from drivers.errors import DeviceGone
from gateway.printing.spool import MOST_WAITING, Full, Job, Spool
from tests.printing.test_wires import NO_PAPER, WELL


def job(n: int, data: bytes = b"") -> Job:
    return Job(f"gw_1:e:1-a1b2:{n}", "badge", 2, data or f"job {n}".encode())


def test_jobs_go_out_in_order_and_are_counted(box: Any, plug: Any, printer: Any) -> None:
    async def play() -> None:
        arrived: asyncio.Queue[bool] = asyncio.Queue()
        async with plug(box(status=WELL, question=b"~HS")) as one:
            spool = Spool(printer(host="127.0.0.1", port=one.port), lambda: arrived.put_nowait(True))
            for n in range(3):
                spool.add(job(n))
            life = asyncio.create_task(spool.run())
            for _ in range(3):
                await arrived.get()
            life.cancel()
            await asyncio.gather(life, return_exceptions=True)
        assert one.taken == [b"job 0", b"job 1", b"job 2"]
        assert (spool.counters.received, spool.counters.sent, spool.queued) == (6, 6, 0)
        assert [one.state for one in spool.jobs] == ["done"] * 3

    asyncio.run(play())


def test_a_job_waits_while_there_is_no_paper_and_goes_out_once(box: Any, plug: Any, printer: Any) -> None:
    async def play() -> None:
        async with plug(box(status=NO_PAPER, question=b"~HS")) as one:
            printed = asyncio.Event()
            spool = Spool(printer(host="127.0.0.1", port=one.port), printed.set)
            spool.add(job(1))
            for _ in range(2):
                with pytest.raises(DeviceGone, match="no paper"):
                    await spool.run()
            assert (spool.jobs[0].state, spool.jobs[0].error) == ("waiting", "용지가 없어요. / no paper")
            one.status = WELL
            life = asyncio.create_task(spool.run())
            await printed.wait()
            life.cancel()
            await asyncio.gather(life, return_exceptions=True)
        assert one.taken == [b"job 1"]

    asyncio.run(play())


def test_a_job_that_broke_off_is_not_sent_again(box: Any, plug: Any, printer: Any) -> None:
    async def play() -> None:
        async with plug(box(most_bytes=1000)) as one:
            spool = Spool(printer(host="127.0.0.1", port=one.port, language="slcs"), lambda: None)
            spool.add(job(1, b"x" * 20_000_000))
            with pytest.raises(DeviceGone, match="중간에 끊겼어요"):
                await spool.run()
        assert (spool.queued, spool.jobs[0].state, spool.counters.dropped) == (0, "broken", 2)

    asyncio.run(play())


def test_a_queue_that_is_full_refuses_and_what_is_given_up_is_counted(printer: Any) -> None:
    async def play() -> None:
        spool = Spool(printer(host="127.0.0.1"), lambda: None)
        for n in range(MOST_WAITING):
            spool.add(job(n))
        with pytest.raises(Full, match="50 jobs wait"):
            spool.add(job(99))
        heavy = Spool(printer(host="127.0.0.1"), lambda: None)
        for n in range(2):
            heavy.add(job(n, bytes(8_000_000)))
        with pytest.raises(Full, match="2 jobs wait"):  # memory is short on a small box
            heavy.add(job(2))
        spool.close()
        assert (spool.queued, spool.counters.dropped) == (0, 2 * MOST_WAITING)
        assert {one.state for one in spool.jobs} == {"dropped"}

    asyncio.run(play())
