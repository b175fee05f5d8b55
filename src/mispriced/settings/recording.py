"""The settings of the record: whether it is kept beside the other roles, where, and how much of it."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field

from mispriced.settings.strict import Strict


class RecordSettings(Strict):
    """What passes on the streams, kept in Parquet; `mispriced record` keeps it in any case."""

    enabled: bool = Field(default=False, description="`up` and a local `launch` record too")
    dir: Path | None = Field(
        default=None, description="the folder of the files; default: record in the data directory"
    )
    flush_s: float = Field(default=20, gt=0, description="a file is written so long after its first entry")
    sample_s: float = Field(default=60, gt=0, description="seconds between two samples of workers' health")
    max_age_days: float = Field(default=30, gt=0, description="files of days before are removed")
    max_bytes: int = Field(
        default=10 * 1024**3, ge=1024, description="the files' size together; the oldest days go first"
    )
