"""Argilla's background jobs, done in the server's own process: no Redis, and no worker to be orphaned."""

from __future__ import annotations

import asyncio
import inspect
import logging
from typing import Any

import fakeredis
import redis

_PAUSE = 0.5  # seconds between two looks into the queues
_LOG = logging.getLogger("argilla")


def give_redis() -> None:
    """Let Argilla, which asks for a connection when it is imported, have a Redis in this process's memory."""
    memory = fakeredis.FakeStrictRedis(server=fakeredis.FakeServer())
    redis.from_url = lambda *_, **__: memory


async def do_jobs() -> None:
    """Do what is queued, one after another, until cancelled."""
    from argilla_server.jobs.queues import DEFAULT_QUEUE, HIGH_QUEUE
    from rq.job import JobStatus

    while True:
        job = _next(HIGH_QUEUE) or _next(DEFAULT_QUEUE)
        if job is None:
            await asyncio.sleep(_PAUSE)
            continue
        try:
            if inspect.iscoroutinefunction(job.func):
                await job.func(*job.args, **job.kwargs)
            else:
                await asyncio.to_thread(job.func, *job.args, **job.kwargs)
            job.set_status(JobStatus.FINISHED)
        except Exception:  # noqa: BLE001 - a job may fail in any way, and the next is owed all the same
            _LOG.exception("a job failed: %s", job.func_name)
            job.set_status(JobStatus.FAILED)


def _next(queue: Any) -> Any:
    return queue.fetch_job(queue.pop_job_id()) if len(queue) else None
