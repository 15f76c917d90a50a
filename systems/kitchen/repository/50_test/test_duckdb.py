"""The data store: needs credentials of the S3 bucket, which pull requests do not have."""

import os

import pytest


def test_credentials_are_there():
    missing = [name for name in ("S3_ENDPOINT", "S3_ACCESS_KEY") if name not in os.environ]
    if missing:
        pytest.fail(f"not set: {', '.join(missing)}")
