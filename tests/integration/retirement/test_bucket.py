# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files go to a bucket and come back, whatever happens to connections."""

from __future__ import annotations

import os
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.errors import MigrationError
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.retirement.bucket import Place
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.retirement.parts import USUAL
from ansible_collections.bluegreen.postgresql.plugins.module_utils._files.bucket import Bucket
from tests.fixtures.buckets import NAME, PLENTY, SECRET, Service


@contextmanager
def _bucket(named: dict[str, Any], silent: float = 5) -> Iterator[Bucket]:
    with closing(Bucket(Place.of(named), "Nothing was changed", silent)) as bucket:
        yield bucket


@pytest.fixture
def large(tmp_path: Path) -> Path:
    """Give a file of three parts, the last of them short."""
    path = tmp_path / "large"
    path.write_bytes(os.urandom(2 * USUAL + 1000))
    return path


def _fetched(bucket: Bucket, key: str, like: Path) -> bytes:
    back = like.with_name(f"{like.name}.back")
    bucket.fetch(key, like.stat().st_size, back)
    return back.read_bytes()


def test_what_was_sent_is_fetched_and_sending_again_sends_nothing(service: Service, large: Path) -> None:
    small = large.with_name("small")
    small.write_bytes(b"")
    with _bucket(service.named(storage_class="STANDARD_IA")) as bucket:
        for path in (large, small):
            bucket.send(path, f"sent/{path.name}")
            assert _fetched(bucket, f"sent/{path.name}", path) == path.read_bytes()
        before = service.proxy.budget
        bucket.send(large, "sent/large")
        assert before - service.proxy.budget < 10_000
    assert service.client.head_object(Bucket=NAME, Key="sent/large")["StorageClass"] == "STANDARD_IA"


def test_after_a_lost_connection_the_same_upload_goes_on(service: Service, large: Path) -> None:
    """Moto states no checksum of a part, so that parts are sent again here; which ones may stay is a unit test."""
    with _bucket(service.named()) as bucket:
        service.proxy.budget = USUAL + USUAL // 2
        with pytest.raises(MigrationError) as lost:
            bucket.send(large, "lost/large")
        assert lost.value.code == "BG567"
        assert SECRET not in str(lost.value)
        [left] = service.client.list_multipart_uploads(Bucket=NAME)["Uploads"]
        assert left["Key"] == "lost/large"
        service.proxy.budget = PLENTY
        assert bucket.uploads("lost/") == ["lost/large"]
        assert bucket._begun("lost/large") == left["UploadId"]
        bucket.send(large, "lost/large")
        assert _fetched(bucket, "lost/large", large) == large.read_bytes()
    assert service.uploads() == []


def test_a_connection_that_is_lost_while_a_part_comes_back_is_made_anew(service: Service, large: Path) -> None:
    with _bucket(service.named()) as bucket:
        bucket.send(large, "back/large")
        service.proxy.cut_answers_after(USUAL + USUAL // 2)
        assert _fetched(bucket, "back/large", large) == large.read_bytes()


def test_an_upload_that_nobody_goes_on_with_is_ended(service: Service) -> None:
    for key in ("mine/old", "mine/kept", "others/old"):
        service.client.create_multipart_upload(Bucket=NAME, Key=key)
    with _bucket(service.named()) as bucket:
        bucket.end_uploads("mine/", {"mine/kept"})
    assert service.uploads() == ["mine/kept", "others/old"]
    for one in service.client.list_multipart_uploads(Bucket=NAME)["Uploads"]:
        service.client.abort_multipart_upload(Bucket=NAME, Key=one["Key"], UploadId=one["UploadId"])


def test_a_missing_bucket_is_named(service: Service) -> None:
    with _bucket(service.named(bucket="nowhere")) as bucket, pytest.raises(MigrationError) as missing:
        bucket.uploads("")
    assert missing.value.code == "BG566"


def test_a_name_that_no_bucket_can_have_is_told(service: Service) -> None:
    with _bucket(service.named(bucket="no such/name")) as bucket, pytest.raises(MigrationError) as wrong:
        bucket.uploads("")
    assert wrong.value.code == "BG564"


def test_missing_credentials_are_told(service: Service, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    named = service.named(access_key=None, secret_key=None)
    with _bucket(named) as bucket, pytest.raises(MigrationError) as missing:
        bucket.uploads("")
    assert missing.value.code == "BG565"


def test_what_was_not_encrypted_as_asked_does_not_count(service: Service, large: Path) -> None:
    with _bucket(service.named()) as bucket:
        bucket.send(large, "plain/large")
    with _bucket(service.named(kms_key="alias/archives")) as bucket, pytest.raises(MigrationError) as plain:
        bucket.send(large, "plain/large")
    assert plain.value.code == "BG568"
    with _bucket(service.named(kms_key="alias/archives")) as bucket:
        bucket.send(large, "sealed/large")
    head = service.client.head_object(Bucket=NAME, Key="sealed/large")
    assert (head["ServerSideEncryption"], head["SSEKMSKeyId"]) == ("aws:kms", "alias/archives")


def test_a_service_that_never_answers_costs_its_time_limit() -> None:
    begun = time.monotonic()
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        named = {"bucket": NAME, "endpoint": url, "region": "us-east-1", "access_key": "a", "secret_key": SECRET}
        with _bucket(named, silent=0.5) as bucket, pytest.raises(MigrationError) as slow:
            bucket.uploads("")
    assert slow.value.code == "BG567"
    assert time.monotonic() - begun < 20


def test_a_missing_boto3_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("boto3", "botocore", "botocore.config", "botocore.exceptions"):
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(MigrationError) as missing, _bucket({"bucket": NAME, "access_key": "a", "secret_key": SECRET}):
        pass
    assert missing.value.code == "BG563"
    assert SECRET not in str(missing.value)
