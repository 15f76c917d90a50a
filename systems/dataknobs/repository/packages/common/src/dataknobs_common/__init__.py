"""What all packages share: the settings of a deployment, and one kind of error."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass

LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")


class DataknobsError(Exception):
    """Something that the caller can mend; the message says how."""


@dataclass(frozen=True)
class Settings:
    """Settings of one deployment, as its ConfigMap gives them."""

    environment: str
    log_level: str
    database_url: str
    elasticsearch_url: str

    @classmethod
    def from_environment(cls, variables: Mapping[str, str] | None = None) -> Settings:
        """Read the settings, and name every one that is missing or wrong at once."""
        source = os.environ if variables is None else variables
        names = ("ENVIRONMENT", "LOG_LEVEL", "DATABASE_URL", "ELASTICSEARCH_URL")
        faults = [f"{name} is not set" for name in names if not source.get(name)]
        level = source.get("LOG_LEVEL", "")
        if level and level not in LOG_LEVELS:
            faults.append(f"LOG_LEVEL is {level}: one of {', '.join(LOG_LEVELS)}")
        if faults:
            raise DataknobsError("; ".join(faults))
        return cls(*(source[name] for name in names))
