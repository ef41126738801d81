# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The shop's transactions: each writer places, changes and archives its own orders, and moves money between all
accounts."""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from demo.ledger import GONE, Effect

SEEDED_USERS = 50_000
SEEDED_PRODUCTS = 5_000
# Few enough that writers collide.
BUSY_ACCOUNTS = 200
_ROWS_REMEMBERED = 100

_PLACE_ORDER = "INSERT INTO orders (user_id, product_id, quantity, operation_id, revision) VALUES (%s, %s, %s, %s, 1)"
_CHANGE_ORDER = "UPDATE orders SET status = 'paid', revision = %s WHERE operation_id = %s"
_ARCHIVE = '"Sales ""Archive"""."Closed Orders"'
_CLOSE_ORDER = f"""
INSERT INTO {_ARCHIVE} ("Order Id", "Customer's Name", "Grand Total", operation_id, revision)
SELECT orders.id, users.username, order_total(orders.id), %s, 1
FROM orders JOIN users ON users.id = orders.user_id WHERE orders.operation_id = %s
"""
_DELETE_ORDER = "DELETE FROM orders WHERE operation_id = %s"
_REGISTER_USER = "INSERT INTO users (username, email, operation_id, revision) VALUES (%s, %s, %s, 1)"
_CHANGE_USER = "UPDATE users SET email = %s, revision = %s WHERE operation_id = %s"
_START_SESSION = "INSERT INTO sessions (user_id, token, operation_id, revision) VALUES (%s, %s, %s, 1)"
_END_SESSION = "DELETE FROM sessions WHERE operation_id = %s"
_MOVE_MONEY = "UPDATE accounts SET balance = balance + %s WHERE id = %s"
_BOOK_TRANSFER = """
INSERT INTO transfers (from_account, to_account, amount, operation_id, revision) VALUES (%s, %s, %s, %s, 1)
"""
_BEAT = "INSERT INTO heartbeats (operation_id, revision) VALUES (%s, 1)"


@dataclass(frozen=True)
class Statement:
    """One statement of a transaction. It must reach a row, or the transaction is void."""

    text: str
    values: tuple[Any, ...]


@dataclass(frozen=True)
class Operation:
    """One transaction: its statements and their entries in the ledger.

    `creates`: the table of the row that it creates, if that row may change later.
    """

    id: str
    statements: tuple[Statement, ...]
    effects: tuple[Effect, ...]
    creates: str | None = None


class OperationSource(Protocol):
    """Where a writer's transactions come from."""

    def next_operation(self) -> Operation:
        """Make up the next transaction."""

    def acknowledged(self, operation: Operation) -> None:
        """Learn that a transaction is committed."""


class Heartbeats:
    """The smallest possible transaction, for measuring gaps."""

    def __init__(self, writer: str) -> None:
        self._writer = writer
        self._count = 0

    def next_operation(self) -> Operation:
        """Return one more heartbeat."""
        self._count += 1
        row = f"{self._writer}-{self._count}"
        return Operation(row, (Statement(_BEAT, (row,)),), (Effect("heartbeats", row, 1),))

    def acknowledged(self, operation: Operation) -> None:
        """Do nothing: nothing follows from a heartbeat."""


class Shop:
    """The transactions of one writer. Rows with an unknown outcome are left alone, except after updates, which may be
    repeated."""

    def __init__(self, writer: str) -> None:
        self._writer = writer
        self._count = 0
        self._random = random.Random(writer)
        self._rows: dict[str, deque[tuple[str, int]]] = {
            table: deque(maxlen=_ROWS_REMEMBERED) for table in ("orders", "users", "sessions")
        }
        self._weights: dict[Callable[[str], Operation], int] = {
            self._place_order: 35,
            self._change_order: 20,
            self._archive_order: 10,
            self._register_user: 5,
            self._change_user: 10,
            self._start_session: 7,
            self._end_session: 3,
            self._transfer: 10,
        }

    def next_operation(self) -> Operation:
        """Make up a transaction; one that has no row to work on yet places an order instead."""
        self._count += 1
        kind = self._random.choices(list(self._weights), list(self._weights.values()))[0]
        return kind(f"{self._writer}-{self._count}")

    def acknowledged(self, operation: Operation) -> None:
        """Remember the created row, so that it can be changed and deleted."""
        if operation.creates:
            self._rows[operation.creates].append((operation.id, 1))

    def _place_order(self, row: str) -> Operation:
        values = (self._user(), self._random.randint(1, SEEDED_PRODUCTS), self._random.randint(1, 9), row)
        effects = (Effect("orders", row, 1), Effect("order_events", row, 1))
        return Operation(row, (Statement(_PLACE_ORDER, values),), effects, creates="orders")

    def _change_order(self, operation: str) -> Operation:
        if not self._rows["orders"]:
            return self._place_order(operation)
        row, revision = self._revise("orders")
        return Operation(operation, (Statement(_CHANGE_ORDER, (revision, row)),), (Effect("orders", row, revision),))

    def _archive_order(self, operation: str) -> Operation:
        if not self._rows["orders"]:
            return self._place_order(operation)
        row, _revision = self._rows["orders"].popleft()
        statements = (Statement(_CLOSE_ORDER, (operation, row)), Statement(_DELETE_ORDER, (row,)))
        return Operation(operation, statements, (Effect("orders", row, GONE), Effect("closed_orders", operation, 1)))

    def _register_user(self, row: str) -> Operation:
        statement = Statement(_REGISTER_USER, (f"user {row}", f"{row}@example.com", row))
        return Operation(row, (statement,), (Effect("users", row, 1),), creates="users")

    def _change_user(self, operation: str) -> Operation:
        if not self._rows["users"]:
            return self._register_user(operation)
        row, revision = self._revise("users")
        statement = Statement(_CHANGE_USER, (f"{operation}@example.com", revision, row))
        return Operation(operation, (statement,), (Effect("users", row, revision),))

    def _start_session(self, row: str) -> Operation:
        statement = Statement(_START_SESSION, (self._user(), self._random.randbytes(16), row))
        return Operation(row, (statement,), (Effect("sessions", row, 1),), creates="sessions")

    def _end_session(self, operation: str) -> Operation:
        if not self._rows["sessions"]:
            return self._start_session(operation)
        row, _revision = self._rows["sessions"].popleft()
        return Operation(operation, (Statement(_END_SESSION, (row,)),), (Effect("sessions", row, GONE),))

    def _transfer(self, row: str) -> Operation:
        source, target = self._random.sample(range(1, BUSY_ACCOUNTS + 1), 2)
        amount = self._random.randint(1, 50)
        # In key order, as careful applications do, so that writers never deadlock.
        moves = sorted([(source, -amount), (target, amount)])
        statements = [Statement(_MOVE_MONEY, (change, account)) for account, change in moves]
        booking = Statement(_BOOK_TRANSFER, (source, target, amount, row))
        return Operation(row, (*statements, booking), (Effect("transfers", row, 1),))

    def _revise(self, table: str) -> tuple[str, int]:
        row, revision = self._rows[table].popleft()
        self._rows[table].append((row, revision + 1))
        return row, revision + 1

    def _user(self) -> int:
        return self._random.randint(1, SEEDED_USERS)
