"""Files of LSTM_ASSETS_HOME that others may be reading."""

import os
import secrets
from pathlib import Path

from lstm_assets.errors import HomeError


def write_file(path: Path, content: bytes) -> None:
    """Write a file whole or not at all: readers and a crash never see half of it.

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
