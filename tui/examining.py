"""The health report for the desk, made by its command in a process of its own: the desk loads no engine and no plugin.

The process gives way to the engine, and its end is waited for in the background: nothing here keeps a person waiting.
"""

import asyncio
import os
from asyncio.subprocess import DEVNULL, PIPE
from contextlib import suppress
from pathlib import Path

import msgspec

from tidegate.children import command, environment
from tidegate.health.shapes import HealthShape
from tidegate.output.shapes import ErrorShape
from tidegate.tui.viewmodel.view import Report

LIMIT_S = 300.0  # the chain of a long journal is checked from its first row
NICE = 10
WORDS = ("health", "--json", "--running", "--state-dir")


async def examine(folder: Path) -> Report:
    """What `tidegate health` says of a state folder, or in one sentence why it said nothing; cancelling ends it."""
    try:
        async with asyncio.timeout(LIMIT_S):
            code, said = await _run(folder)
    except TimeoutError:
        return Report(problem=f"no report came within {LIMIT_S:.0f} s")
    except OSError as error:
        return Report(problem=f"the report could not be asked for: {error.strerror or error}")
    return read(code, said)


def read(code: int | None, said: bytes) -> Report:
    """What the command printed, as a report; `code` is its exit code."""
    with suppress(msgspec.DecodeError):
        return Report(shape=msgspec.json.decode(said, type=HealthShape))
    with suppress(msgspec.DecodeError, KeyError):
        messages = msgspec.json.decode(said, type=dict[str, ErrorShape])["error"].messages
        return Report(problem=messages[0] if messages else f"no report: exit code {code}")
    return Report(problem=f"no report that can be read came: exit code {code}")


async def _run(folder: Path) -> tuple[int | None, bytes]:
    asked = command(*WORDS, folder)
    starting = asyncio.create_subprocess_exec(*asked, env=environment(), stdin=DEVNULL, stdout=PIPE, stderr=DEVNULL)
    task = asyncio.ensure_future(starting)
    try:
        process = await asyncio.shield(task)
    except asyncio.CancelledError:  # a process that is just being started is not left behind
        await _ended(await task)
        raise
    try:
        with suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, process.pid, NICE)
        said, _ = await process.communicate()
    finally:
        await _ended(process)
    return process.returncode, said


async def _ended(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        with suppress(ProcessLookupError):
            process.kill()
        await process.communicate()  # which closes its pipes too
