"""Whoever stands at the door when the sandbox ends is let in and shown out."""

import asyncio
import gc
import socket

import pytest

from tidegate.sandbox.alpaca import Sandbox


@pytest.mark.parametrize("turns", range(6))
def test_no_connection_is_left_open_however_late_it_comes(turns: int) -> None:
    """`turns` of the event loop pass between the connection and the end."""

    async def scene() -> None:
        with socket.socket() as late:
            async with Sandbox() as box:
                host, port = box.address.split(":")
                late.connect((host, int(port)))
                for _ in range(turns):
                    await asyncio.sleep(0)

    asyncio.run(scene())
    gc.collect()  # a forgotten connection is a ResourceWarning, and so an error
