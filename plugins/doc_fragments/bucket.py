# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The bucket that archives are copied to."""

from __future__ import annotations


class ModuleDocFragment:
    """The fragment ``bluegreen.postgresql.bucket``."""

    DOCUMENTATION = r"""
options:
  s3:
    description:
      - A bucket of S3, or of a service with the same interface that checks SHA-256, for a copy of the archive. Needs
        the Python package C(boto3) where the module runs.
    type: dict
    suboptions:
      bucket:
        description: Name of the bucket. It is not created.
        type: str
        required: true
      prefix:
        description: Beginning of all keys, such as V(archives/shop).
        type: str
      endpoint:
        description: Address of the service, such as V(https://minio.example.com). Without it Amazon's. It is never
          shown.
        type: str
      region:
        description: Region of the bucket. Without it what boto3 finds in environment and configuration.
        type: str
      storage_class:
        description:
          - Storage class of the objects, such as V(STANDARD_IA). Without it the bucket's.
          - Objects in V(GLACIER) and V(DEEP_ARCHIVE) cannot be read at once, so no restore would be proven (BG564).
            A lifecycle rule of the bucket moves them there later.
        type: str
      kms_key:
        description: Id, ARN or alias of the key with which the service encrypts. Without it as the bucket says.
        type: str
      access_key:
        description:
          - Id of the access key. It is never shown.
          - Without it boto3 looks for credentials in environment, configuration and the machine's role.
        type: str
      secret_key:
        description: The access key's secret. It is never shown, logged or put into a command line.
        type: str
      session_token:
        description: Token of temporary credentials. It is never shown.
        type: str
"""
