# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes through asyncpg's own pool of one connection until killed; reports the outcome of each write."""

from __future__ import annotations

import asyncio
import itertools
import os
import time

import asyncpg

# When the server ends a session that asyncpg is about to use, asyncpg sometimes raises InternalClientError.
_ERRORS = (
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    asyncpg.TargetServerAttributeNotMatched,
    OSError,
)


async def write() -> None:
    """Write a row every 5 ms, without prepared statements that outlive a transaction."""
    pool = await asyncpg.create_pool(os.environ["CLIENT_URL"], min_size=1, max_size=1, statement_cache_size=0)
    for number in itertools.count():
        name = f"asyncpg {number}"
        try:
            async with pool.acquire() as connection, connection.transaction():
                await connection.execute("INSERT INTO users (name) VALUES ($1)", name)
            said = f"ack {time.time()} {name}"
        except _ERRORS as error:
            said = f"error {time.time()} {type(error).__name__} {str(error).splitlines()[:1]}"
        print(said, flush=True)
        await asyncio.sleep(0.005)


if __name__ == "__main__":
    asyncio.run(write())
