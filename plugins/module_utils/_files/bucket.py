# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A bucket for archives; the only file that knows boto3, and so its errors."""

from __future__ import annotations

import base64
import hashlib
import io
from collections.abc import Collection, Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import IO, Any, Callable
from urllib.parse import urlsplit

from .._domain.errors import MigrationError
from .._domain.retirement.bucket import Place, StoredObject
from .._domain.retirement.parts import Part, SentPart, composite, parts_of, still_to_send

_CHUNK = 1 << 20  # bytes
_SILENT_SECONDS = 30.0
_TRIES = 5
_REFUSED = frozenset({
    "AccessDenied", "InvalidAccessKeyId", "SignatureDoesNotMatch", "ExpiredToken", "InvalidToken", "403",
})  # fmt: skip
_PASSING = frozenset({"BG567", "BG569"})
_MISSING = frozenset({"404", "NoSuchKey"})


class Bucket:
    """Sends files so that the service checks every byte, and fetches them again.

    A file is read a megabyte at a time: a part is never in memory as a whole. ``stands``: what a failure leaves.
    """

    def __init__(self, place: Place, stands: str, silent: float = _SILENT_SECONDS) -> None:
        self.place = place
        self._stands = stands
        wrong = place.problem() or (_endpoint_problem(place.endpoint) if place.endpoint else None)
        if wrong:
            raise self._error("BG564", f"bluegreen_archive_s3 cannot be used: {wrong}", "Correct it")
        with self._told_apart():
            self._client = self._connect(silent)

    def uploads(self, beginning: str) -> list[str]:
        """Return the keys of unfinished uploads; this shows as well that the service, the bucket and we agree.

        :raises MigrationError: BG564 to BG568
        """
        with self._told_apart():
            return sorted({one["Key"] for one in self._unfinished(beginning)})

    def end_uploads(self, beginning: str, except_of: Collection[str]) -> None:
        """End unfinished uploads that nobody will go on with: they cost money, and no listing shows them."""
        with self._told_apart():
            for one in self._unfinished(beginning):
                if one["Key"] not in except_of:
                    self._end(one)

    def objects(self, beginning: str) -> list[StoredObject]:
        """Return every object whose key begins so."""
        with self._told_apart():
            pages = self._client.get_paginator("list_objects_v2").paginate(Bucket=self.place.bucket, Prefix=beginning)
            found = [one for page in pages for one in page.get("Contents", [])]
            return [StoredObject(one["Key"], one["Size"], one["ETag"]) for one in found]

    def read(self, key: str) -> bytes | None:
        """Return a small object's contents, ``None`` where there is none."""
        with self._told_apart():
            try:
                with closing(self._client.get_object(**self._named(key))["Body"]) as body:
                    return bytes(body.read())
            except self._client.exceptions.NoSuchKey:
                return None

    def send(self, path: Path, key: str, told: Callable[[int], None] = lambda _bytes: None) -> None:
        """Send a file, going on with the parts that an earlier run has sent.

        :param told: called with how many of its bytes are there
        :raises MigrationError: BG564 to BG568
        """
        parts = parts_of(path.stat().st_size)
        digests = {part.number: _digest(path, part) for part in parts}
        with self._told_apart():
            if self._has(key, digests):
                return
            if len(parts) == 1:
                with _Window(path, parts[0]) as body:
                    checked = {"ChecksumAlgorithm": "SHA256", "ChecksumSHA256": digests[1]}
                    self._client.put_object(Body=body, **checked, **self._named(key), **self._kept())
            else:
                self._send_parts(path, key, parts, digests, told)
            if not self._has(key, digests):
                what = f"{self.place.url(key)} does not have the checksum of what was sent"
                raise self._error("BG568", what, "See whether something else writes there")

    def fetch(self, key: str, size: int, path: Path, told: Callable[[int], None] = lambda _bytes: None) -> None:
        """Fetch an object of ``size`` bytes into a new file, trying each part of it again after a lost connection.

        :param told: called with how many of its bytes are here
        :raises MigrationError: BG564 to BG568
        """
        with path.open("xb") as file:
            for part in parts_of(size) if size else ():
                self._fetch_part(key, part, file)
                told(part.start + part.bytes)

    def close(self) -> None:
        """End the connections."""
        self._client.close()

    def _fetch_part(self, key: str, part: Part, file: IO[bytes]) -> None:
        left = _TRIES
        while not self._fetched(key, part, file, last=left == 1):
            left -= 1

    def _fetched(self, key: str, part: Part, file: IO[bytes], last: bool) -> bool:
        span = f"bytes={part.start}-{part.start + part.bytes - 1}"
        file.seek(part.start)
        try:
            with self._told_apart(), closing(self._client.get_object(Range=span, **self._named(key))["Body"]) as body:
                for chunk in body.iter_chunks(_CHUNK):
                    file.write(chunk)
        except MigrationError as error:
            if error.code not in _PASSING or last:
                raise
            return False
        return True

    def _send_parts(
        self,
        path: Path,
        key: str,
        parts: tuple[Part, ...],
        digests: Mapping[int, str],
        told: Callable[[int], None],
    ) -> None:
        upload = self._begun(key) or self._begin(key)
        named = {**self._named(key), "UploadId": upload}
        for part in still_to_send(parts, digests, self._sent(named)):
            with _Window(path, part) as body:
                self._client.upload_part(
                    Body=body, PartNumber=part.number, ChecksumSHA256=digests[part.number], **named
                )
            told(part.start + part.bytes)
        etags = {one["PartNumber"]: one["ETag"] for one in self._listed(named)}
        complete = [
            {"PartNumber": part.number, "ETag": etags[part.number], "ChecksumSHA256": digests[part.number]}
            for part in parts
        ]
        self._client.complete_multipart_upload(MultipartUpload={"Parts": complete}, **named)

    def _begin(self, key: str) -> str:
        begun = self._client.create_multipart_upload(ChecksumAlgorithm="SHA256", **self._named(key), **self._kept())
        return str(begun["UploadId"])

    def _begun(self, key: str) -> str | None:
        """Return the newest unfinished upload of ``key``, and end older ones."""
        found = sorted((one for one in self._unfinished(key) if one["Key"] == key), key=lambda one: one["Initiated"])
        for older in found[:-1]:
            self._end(older)
        return str(found[-1]["UploadId"]) if found else None

    def _unfinished(self, beginning: str) -> list[dict[str, Any]]:
        pages = self._client.get_paginator("list_multipart_uploads").paginate(
            Bucket=self.place.bucket, Prefix=beginning
        )
        return [one for page in pages for one in page.get("Uploads", []) if one["Key"].startswith(beginning)]

    def _end(self, upload: Mapping[str, Any]) -> None:
        self._client.abort_multipart_upload(UploadId=upload["UploadId"], **self._named(upload["Key"]))

    def _listed(self, named: Mapping[str, str]) -> list[dict[str, Any]]:
        pages = self._client.get_paginator("list_parts").paginate(**named)
        return [one for page in pages for one in page.get("Parts", [])]

    def _sent(self, named: Mapping[str, str]) -> list[SentPart]:
        return [SentPart(one["PartNumber"], one["Size"], one.get("ChecksumSHA256")) for one in self._listed(named)]

    def _has(self, key: str, digests: Mapping[int, str]) -> bool:
        """Tell whether the service states our checksum of the object, and encrypted it as it was asked to."""
        try:
            head = self._client.head_object(ChecksumMode="ENABLED", **self._named(key))
        except self._errors.ClientError as error:
            if error.response["Error"]["Code"] in _MISSING:
                return False
            raise
        stated = head.get("ChecksumSHA256")
        if stated is None:
            what = f"S3 states no SHA-256 of {self.place.url(key)}, so nobody knows what it holds"
            raise self._error("BG568", what, "Name a service that checks SHA-256")
        if self.place.kms_key and head.get("ServerSideEncryption") != "aws:kms":
            what = f"{self.place.url(key)} was not encrypted with the key in kms_key"
            raise self._error("BG568", what, "Name a service that can do that, remove the object")
        return bool(stated.split("-")[0] == _whole(digests))

    def _named(self, key: str) -> dict[str, str]:
        return {"Bucket": self.place.bucket, "Key": key}

    def _kept(self) -> dict[str, str]:
        kept = {"StorageClass": self.place.storage_class, "SSEKMSKeyId": self.place.kms_key}
        kept["ServerSideEncryption"] = "aws:kms" if self.place.kms_key else None
        return {name: value for name, value in kept.items() if value}

    def _connect(self, silent: float) -> Any:
        try:
            import boto3  # noqa: PLC0415 - optional: only who archives to S3 needs it
            import botocore.config  # noqa: PLC0415
        except ImportError:
            todo = "Install it for the Python that runs the module"
            raise self._error("BG563", "The Python package boto3 is missing", todo) from None
        config = botocore.config.Config(
            connect_timeout=silent, read_timeout=silent, retries={"mode": "standard", "total_max_attempts": _TRIES}
        )
        where = {"endpoint_url": self.place.endpoint, "region_name": self.place.region}
        return boto3.client("s3", config=config, **where, **self.place.credentials)

    @property
    def _errors(self) -> Any:
        import botocore.exceptions  # noqa: PLC0415

        return botocore.exceptions

    @contextmanager
    def _told_apart(self) -> Iterator[None]:
        """Give errors our words: the service's own text may hold the key's id."""
        try:
            yield
        except MigrationError:
            raise
        except Exception as error:
            told = self._told(error)
            if told is None:
                raise
            raise told from None

    def _told(self, error: Exception) -> MigrationError | None:
        """Return it in our words, ``None`` where it is not the service's, such as a full disk's."""
        errors, name = self._errors, type(error).__name__
        if isinstance(error, errors.ClientError):
            return self._refusal(str(error.response["Error"]["Code"]))
        for kinds, code, what, todo in (
            (
                (errors.NoCredentialsError, errors.PartialCredentialsError, errors.ProfileNotFound),
                "BG565", f"There are no complete credentials for S3 ({name})", "Give them",
            ),
            (
                (errors.ParamValidationError, errors.InvalidRegionError),
                "BG564", f"bluegreen_archive_s3 cannot be used ({name})", "Correct it",
            ),
            (
                (errors.FlexibleChecksumError,),
                "BG569", "What S3 gives back does not have the checksum that it states", "See what changes it",
            ),
            ((errors.BotoCoreError,), "BG567", f"S3 cannot be reached ({name})", "See to the network"),
        ):  # fmt: skip
            if isinstance(error, kinds):
                return self._error(code, what, todo)
        return None

    def _refusal(self, code: str) -> MigrationError:
        if code in _REFUSED:
            return self._error("BG565", f"S3 refused the credentials ({code})", "Correct them, or their rights")
        if code == "NoSuchBucket":
            todo = "Create it, or correct bluegreen_archive_s3"
            return self._error("BG566", f"There is no bucket {self.place.bucket!r}", todo)
        return self._error("BG568", f"S3 refused a request ({code})", "Remove the cause")

    def _error(self, code: str, what: str, todo: str) -> MigrationError:
        return MigrationError(code, what, self._stands, f"{todo}; then run the same command again")


class _Window(io.RawIOBase):
    """One part of a file, as a file of its own: boto3 seeks back in it before it tries again."""

    def __init__(self, path: Path, part: Part) -> None:
        super().__init__()
        self._file = path.open("rb")
        self._part = part
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        self._at = offset + {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._part.bytes}[whence]
        return self._at

    def readinto(self, buffer: Any) -> int:
        self._file.seek(self._part.start + self._at)
        chunk = self._file.read(min(len(buffer), max(0, self._part.bytes - self._at)))
        buffer[: len(chunk)] = chunk
        self._at += len(chunk)
        return len(chunk)

    def close(self) -> None:
        self._file.close()
        super().close()


def _digest(path: Path, part: Part) -> str:
    hashed = hashlib.sha256()
    with _Window(path, part) as window:
        while chunk := window.read(_CHUNK):
            hashed.update(chunk)
    return base64.b64encode(hashed.digest()).decode()


def _whole(digests: Mapping[int, str]) -> str:
    return digests[1] if len(digests) == 1 else composite(digests[number] for number in sorted(digests))


def _endpoint_problem(endpoint: str) -> str | None:
    """Return why it is no address, without its text: that may hold a password; ``None`` if it is one."""
    try:
        url = urlsplit(endpoint)
        host, user, _port = url.hostname, url.username, url.port
    except ValueError:
        return "its endpoint is not a URL"
    if url.scheme not in {"http", "https"} or not host:
        return "its endpoint is not a URL that begins with https:// or http:// and names a host"
    if user is not None:
        return "its endpoint holds a user or a password, which belong into access_key and secret_key"
    return "its endpoint has a query or a fragment" if url.query or url.fragment else None
