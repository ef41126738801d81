# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An archive goes to a bucket, and counts only once it was restored from there."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.retirement.parts import USUAL
from tests.fixtures.buckets import NAME, PLENTY, SECRET, Service
from tests.fixtures.migrations import Pair, PairFactory
from tests.fixtures.modules import titles
from tests.fixtures.retired import age, archive_parameters, clean_up, switch
from tests.live.modules import ModuleProcess

_ARCHIVED = "SELECT details->'s3' FROM bluegreen.journal WHERE event = 'archived' ORDER BY id"
_LARGE = f"""SET ROLE {{owner}}; CREATE TABLE large (a bytea);
ALTER TABLE large ALTER a SET STORAGE EXTERNAL;
INSERT INTO large SELECT decode(string_agg(md5(random()::text), ''), 'hex')
FROM generate_series(1, {(2 * USUAL + USUAL // 2) // 16}) n GROUP BY n % 40;"""


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    """Give a folder for archives that does not exist yet."""
    return tmp_path / "archives"


@pytest.fixture
def left(pair: PairFactory) -> Pair:
    """Give a pair whose blue side was left, and can be archived."""
    sides = pair()
    switch(sides)
    clean_up(sides)
    return sides


def test_a_copy_is_sent_restored_and_found_again(left: Pair, directory: Path, service: Service) -> None:
    parameters = archive_parameters(left, directory, s3=service.named())
    tried = left.succeed("archive_database", check=True, **parameters)
    assert [one.split(" to s3")[0] for one in titles(tried)][:2] == [f"dump {left.blue.name} of blue", "send the dump"]
    assert (tried["archived"], tried["s3"]["restored_on"]) == (True, None)
    assert (service.all_keys(), directory.exists()) == ([], False)

    made = left.succeed("archive_database", **parameters)
    assert (made["changed"], made["archived"]) == (True, True)
    assert made["s3"]["restored_on"] == "a throw-away server (PostgreSQL 17)"
    assert f"{made['s3']['url']}: proven" in made["diff"]["after"]
    beginning = made["s3"]["url"].removeprefix(f"s3://{NAME}/")
    assert beginning.startswith("databases/")
    folder = Path(made["folder"])
    files = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    assert service.all_keys() == [f"{beginning}{path}" for path in files]
    assert [path.name for path in directory.iterdir()] == [folder.name]
    [(recorded,)] = left.green.query(_ARCHIVED)
    assert (recorded["bucket"], recorded["folder"]) == (NAME, beginning)
    assert SECRET not in str((tried, made, left.green.query("SELECT * FROM bluegreen.journal")))

    again = left.succeed("archive_database", **parameters)
    assert (again["changed"], again["s3"]) == (False, made["s3"])
    shutil.rmtree(folder)
    assert not left.changes("archive_database", **parameters), "the copy is an archive without what lay beside it"


def test_an_archive_in_a_folder_is_no_copy_until_it_was_restored_from_the_bucket(
    left: Pair, directory: Path, service: Service
) -> None:
    local, copied = archive_parameters(left, directory), archive_parameters(left, directory, s3=service.named())
    first = left.succeed("archive_database", **local)
    age(left, 8)
    word: dict[str, Any] = {"confirm": left.blue.name, "application_roles": [left.blue.roles["app"].name]}
    refused = left.run("decommission", s3=service.named(), **word)
    assert [one["code"] for one in refused["details"]["reasons"]] == ["BG813"]
    assert f"restored from s3://{NAME}/databases/" in refused["msg"]
    assert left.succeed("decommission", check=True, **word)["changed"]

    made = left.succeed("archive_database", **copied)
    assert [one.split(" ")[0] for one in titles(made)] == ["send", "restore", "complete", "record"]
    assert "files" in titles(made)[0]
    assert made["manifest_sha256"] == first["manifest_sha256"]
    elsewhere = left.run("decommission", s3=service.named(prefix="others"), **word)
    assert [one["code"] for one in elsewhere["details"]["reasons"]] == ["BG813"]
    shutil.rmtree(directory)
    gone = left.run("decommission", **word)
    assert [one["code"] for one in gone["details"]["reasons"]] == ["BG814"]
    assert made["s3"]["url"] in gone["msg"]
    assert left.succeed("decommission", check=True, s3=service.named(), mode="drop", **word)["changed"]

    _tamper(left, service, word, made["s3"]["url"].removeprefix(f"s3://{NAME}/"))


def _tamper(left: Pair, service: Service, word: dict[str, Any], beginning: str) -> None:
    """Replace an object by another of the same size, remove one, and add one: each is a reason."""
    key = f"{beginning}dump/toc.dat"
    sound = service.client.get_object(Bucket=NAME, Key=key)["Body"].read()
    service.client.put_object(Bucket=NAME, Key=key, Body=sound[:-1] + bytes([sound[-1] ^ 1]))
    assert _problems(left, service, word) == ["an object was replaced since the copy was restored"]
    service.client.delete_object(Bucket=NAME, Key=key)
    assert _problems(left, service, word) == ["dump/toc.dat is missing"]
    service.client.put_object(Bucket=NAME, Key=key, Body=sound)
    service.client.put_object(Bucket=NAME, Key=f"{beginning}stranger", Body=b"")
    assert _problems(left, service, word) == ["stranger does not belong to it"]
    service.client.delete_object(Bucket=NAME, Key=f"{beginning}stranger")
    manifest = f"{beginning}manifest.json"
    text = service.client.get_object(Bucket=NAME, Key=manifest)["Body"].read()
    service.client.put_object(Bucket=NAME, Key=manifest, Body=text.replace(b'"rows": 100', b'"rows": 101'))
    assert _problems(left, service, word) == ["the manifest is not the one in the journal"]
    service.client.delete_object(Bucket=NAME, Key=manifest)
    assert _problems(left, service, word) == ["manifest.json is missing"]
    service.client.put_object(Bucket=NAME, Key=manifest, Body=text)
    refused = left.run("decommission", s3=service.named(secret_key="no", endpoint="http://127.0.0.1:9"), **word)
    assert refused["code"] == "BG567"
    assert left.succeed("decommission", s3=service.named(), mode="drop", **word)["decommissioned"]


def _problems(left: Pair, service: Service, word: dict[str, Any]) -> list[str]:
    refused = left.run("decommission", s3=service.named(), **word)
    [reason] = refused["details"]["reasons"]
    assert reason["code"] == "BG814"
    return list(reason["objects"])


def test_what_comes_back_from_the_bucket_is_what_counts(left: Pair, directory: Path, service: Service) -> None:
    """A service that checks what arrives and later gives something else makes no archive."""
    service.proxy.falsified = {b"PGDMP": b"PGDMQ", b"x-amz-checksum-": b"x-amz-forgotten-"}
    parameters = archive_parameters(left, directory, s3=service.named())
    refused = left.run("archive_database", **parameters)
    assert refused["code"] == "BG569", refused["msg"]
    assert refused["details"]["problems"] == ["dump/toc.dat was changed"]
    assert left.green.query(_ARCHIVED) == []
    assert not [key for key in service.all_keys() if key.endswith("manifest.json")]
    service.proxy.falsified = {b"PGDMP": b"PGDMQ"}
    assert left.run("archive_database", **parameters)["code"] == "BG569", "by the checksum that it states"
    service.proxy.falsified = {}
    assert left.changes("archive_database", **parameters)


def test_a_copy_that_was_damaged_is_sent_anew(left: Pair, directory: Path, service: Service) -> None:
    parameters = archive_parameters(left, directory, s3=service.named())
    made = left.succeed("archive_database", **parameters)
    beginning = made["s3"]["url"].removeprefix(f"s3://{NAME}/")
    service.client.delete_object(Bucket=NAME, Key=f"{beginning}dump/toc.dat")
    mended = left.succeed("archive_database", **parameters)
    assert [one.split(" ")[0] for one in titles(mended)] == ["send", "restore", "complete", "record"]
    assert mended["s3"]["url"] == made["s3"]["url"]
    assert not left.changes("archive_database", **parameters)


def test_a_lost_connection_costs_a_part_and_no_dump(left: Pair, directory: Path, service: Service) -> None:
    left.blue.query(_LARGE.format(owner=left.blue.roles["owner"].name))
    parameters = archive_parameters(left, directory, s3=service.named())
    service.proxy.budget = USUAL + USUAL // 2
    lost = left.run("archive_database", **parameters)
    assert lost["code"] == "BG567"
    assert "kept for the next run" in lost["msg"]
    assert left.green.query(_ARCHIVED) == []
    assert [path.name[0] for path in directory.iterdir()] == ["."]
    [key] = service.uploads()

    service.proxy.budget = PLENTY
    tried = left.succeed("archive_database", check=True, **parameters)
    assert tried["s3"]["unfinished_uploads"] == [f"s3://{NAME}/{key}"]
    assert service.uploads() == [key]
    made = left.succeed("archive_database", **parameters)
    assert [one.split(" ")[0] for one in titles(made)] == ["send", "restore", "put", "complete", "record"]
    assert (made["archived"], service.uploads()) == (True, [])
    assert key.startswith(made["s3"]["url"].removeprefix(f"s3://{NAME}/"))
    assert [path.name for path in directory.iterdir()] == [Path(made["folder"]).name]


@pytest.mark.soak
def test_a_dump_that_the_database_has_left_behind_is_not_sent_on(left: Pair, directory: Path, service: Service) -> None:
    left.blue.query(_LARGE.format(owner=left.blue.roles["owner"].name))
    parameters = {**left.ends(), **archive_parameters(left, directory, s3=service.named())}
    with service.proxy.holding_after(USUAL + USUAL // 2):
        victim = ModuleProcess("archive_database", parameters)
        service.proxy.await_hold()
        victim.kill()
        assert victim.wait() == {}
    [old] = service.uploads()

    left.blue.query("SET session_replication_role = replica; UPDATE users SET name = 'late' WHERE id = 1")
    made = left.succeed("archive_database", **archive_parameters(left, directory, s3=service.named()))
    assert titles(made)[0] == f"dump {left.blue.name} of blue"
    assert service.uploads() == [], "the old upload was ended"
    assert not old.startswith(made["s3"]["url"].removeprefix(f"s3://{NAME}/"))
    assert [path.name for path in directory.iterdir()] == [Path(made["folder"]).name]
