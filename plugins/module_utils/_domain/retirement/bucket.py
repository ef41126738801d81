# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Archives in a bucket: where they lie, what belongs to one, and whether it is still what was proven. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from .archive import MANIFEST, Manifest, Source

# They answer a request only hours after somebody has asked for the object.
_COLD = frozenset({"GLACIER", "DEEP_ARCHIVE"})
_CREDENTIALS = {
    "access_key": "aws_access_key_id",
    "secret_key": "aws_secret_access_key",
    "session_token": "aws_session_token",
}


@dataclass(frozen=True)
class Place:
    """Where objects go; ``credentials`` are boto3's own words, empty for its chain, and are never shown."""

    bucket: str
    prefix: str = ""
    endpoint: str | None = field(default=None, repr=False)
    region: str | None = None
    storage_class: str | None = None
    kms_key: str | None = None
    credentials: Mapping[str, str] = field(default_factory=dict, repr=False)

    @classmethod
    def of(cls, named: Mapping[str, Any]) -> Place:
        """Return what a module's parameter names."""
        prefix = (named.get("prefix") or "").strip("/")
        return cls(
            named["bucket"],
            f"{prefix}/" if prefix else "",
            named.get("endpoint") or None,
            named.get("region") or None,
            named.get("storage_class") or None,
            named.get("kms_key") or None,
            {theirs: named[ours] for ours, theirs in _CREDENTIALS.items() if named.get(ours)},
        )

    def home(self, name: str, source: Source) -> str:
        """Return the beginning of every key of this database's archives: no other database has the same."""
        return f"{self.prefix}{name}-{source.system}-{source.oid}/"

    def url(self, key: str) -> str:
        """Return the address of an object, or of everything whose key begins so."""
        return f"s3://{self.bucket}/{key}"

    def problem(self) -> str | None:
        """Return why no archive can be proven with it, ``None`` if one can."""
        if self.storage_class in _COLD:
            return f"nothing can be restored at once from the storage class {self.storage_class}, so nothing is proven"
        if self.credentials and not {"aws_access_key_id", "aws_secret_access_key"} <= self.credentials.keys():
            return "access_key and secret_key belong together"
        return None


@dataclass(frozen=True, order=True)
class StoredObject:
    """An object as the bucket lists it; ``etag`` changes with its contents."""

    key: str
    bytes: int
    etag: str


@dataclass(frozen=True)
class Copy:
    """The copy of an archive that was restored from its bucket.

    ``folder``: the beginning of its keys. ``listing_sha256``: the checksum of its listing. ``restored_on``: the server
    on which it had the same contents. ``not_restored``: objects left out there because they need a superuser.
    """

    bucket: str
    folder: str
    listing_sha256: str
    restored_on: str
    not_restored: tuple[str, ...] = ()

    @classmethod
    def listed(
        cls,
        place: Place,
        folder: str,
        objects: Iterable[StoredObject],
        restored_on: str,
        not_restored: tuple[str, ...],
    ) -> Copy:
        """Return the copy that has just been restored, and now lies there as these objects."""
        return cls(place.bucket, folder, _checksum_of_listing(objects), restored_on, not_restored)

    @classmethod
    def of(cls, details: Mapping[str, Any]) -> Copy | None:
        """Return what a row of the journal says, ``None`` where it tells of no copy."""
        found = details.get("s3")
        return cls(**{**found, "not_restored": tuple(found["not_restored"])}) if found else None

    @property
    def url(self) -> str:
        """Return its address."""
        return f"s3://{self.bucket}/{self.folder}"

    def as_details(self) -> dict[str, Any]:
        """Return it for the journal."""
        return {**asdict(self), "not_restored": list(self.not_restored)}

    def lies_in(self, place: Place) -> bool:
        """Tell whether it is a copy in this place."""
        return self.bucket == place.bucket and self.folder.startswith(place.prefix)


def folder_of(home: str, manifest: Manifest) -> str:
    """Return the beginning of an archive's keys; no two archives have the same, so that none replaces another."""
    return f"{home}{''.join(one for one in manifest.taken_at if one.isdigit())}/"


def listing_problems(folder: str, manifest: Manifest, objects: Iterable[StoredObject]) -> list[str]:
    """Return how the objects below ``folder`` differ from the archive's files, one problem per line."""
    there = {one.key[len(folder) :]: one.bytes for one in objects}
    wanted = {one.path: one.bytes for one in manifest.files}
    missing = [f"{path} is missing" for path in sorted(set(wanted) - set(there))]
    changed = [
        f"{path} has {there[path]} bytes instead of {wanted[path]}"
        for path in sorted(set(wanted) & set(there))
        if there[path] != wanted[path]
    ]
    return missing + changed + [f"{path} does not belong to it" for path in sorted(set(there) - {*wanted, MANIFEST})]


def copy_problems(copy: Copy, manifest: Manifest, objects: Iterable[StoredObject]) -> list[str]:
    """Return how a copy differs from the one that was restored, one problem per line."""
    objects = tuple(objects)
    problems = listing_problems(copy.folder, manifest, objects)
    if not problems and _checksum_of_listing(objects) != copy.listing_sha256:
        problems.append("an object was replaced since the copy was restored")
    return problems


def unfinished(home: str, current: str, objects: Iterable[StoredObject]) -> list[str]:
    """Return the folders of attempts that never became an archive, besides ``current``: they only cost money."""
    keys = [one.key for one in objects if one.key.startswith(home)]
    folders = {f"{home}{key[len(home) :].split('/', 1)[0]}/" for key in keys}
    return sorted(one for one in folders if one != current and f"{one}{MANIFEST}" not in keys)


def _checksum_of_listing(objects: Iterable[StoredObject]) -> str:
    """Return one checksum of all keys, sizes and ETags."""
    lines = [f"{one.bytes} {one.etag} {one.key}" for one in sorted(objects)]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()
