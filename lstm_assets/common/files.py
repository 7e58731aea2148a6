"""Writing files of LSTM_ASSETS_HOME that another process may read at the same time."""

import os
import secrets
from pathlib import Path

from lstm_assets.errors import HomeError


def write_file(path: Path, content: bytes) -> None:
    """Write a file completely or not at all.

    No reader sees a part of it, and a crash leaves no part of it.

    Raises:
        HomeError: the disk is full, or the folder cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
        try:
            with part.open("xb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            part.replace(path)
        except BaseException:
            part.unlink(missing_ok=True)
            raise
    except OSError as error:
        raise HomeError(
            f"{path} cannot be written: {error.strerror}. Free some space, or set LSTM_ASSETS_HOME "
            "to a folder that can be written."
        ) from error
