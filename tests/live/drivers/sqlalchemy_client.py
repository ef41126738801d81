# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes through SQLAlchemy and psycopg 3, with a pool of one connection, until killed; reports the outcome of each
write."""

from __future__ import annotations

import itertools
import os
import time

from sqlalchemy import create_engine, text
from sqlalchemy.exc import SQLAlchemyError

INSERT = text("INSERT INTO users (name) VALUES (:name)")


def main() -> None:
    """Write a row every 5 ms, without prepared statements that outlive a transaction: old poolers do not support
    them."""
    engine = create_engine(
        os.environ["CLIENT_URL"], pool_size=1, max_overflow=0, connect_args={"prepare_threshold": None}
    )
    for number in itertools.count():
        name = f"sqlalchemy {number}"
        try:
            with engine.begin() as connection:
                connection.execute(INSERT, {"name": name})
            said = f"ack {time.time()} {name}"
        except SQLAlchemyError as error:
            said = f"error {time.time()} {str(error).splitlines()[0]}"
        print(said, flush=True)
        time.sleep(0.005)


if __name__ == "__main__":
    main()
