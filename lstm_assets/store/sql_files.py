"""The numbered files of sql/: where the tables are declared. No connection in this module."""

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

import lstm_assets
from lstm_assets.errors import StoreError

RECORD_FILE = "TB_MIGRATION.sql"
CREATES_TABLE = r"CREATE TABLE IF NOT EXISTS (\w+)"  # how a statement begins that creates a table


@dataclass(frozen=True, slots=True)
class Migration:
    """One file of sql/."""

    number: int
    name: str  # of the file, without .sql
    checksum: str  # the same for \n and \r\n
    statements: tuple[str, ...]

    @property
    def tables(self) -> list[str]:
        """Names of the tables that it creates, in order."""
        created = [re.match(CREATES_TABLE, s) for s in self.statements]
        return [match[1] for match in created if match]


def sql_folder() -> Path:
    """Return the folder of the files: in an installed package, or beside it in a checkout."""
    package = Path(lstm_assets.__file__).parent
    return package / "sql" if (package / "sql").is_dir() else package.parent / "sql"


def read_migrations(folder: Path) -> list[Migration]:
    """Return the migrations in a folder, ordered by number."""
    migrations = [_read(path) for path in sorted(folder.glob("[0-9]*_*.sql"))]
    if not migrations:
        raise StoreError(f"{folder} contains no SQL files. Install lstm_assets again.")
    return sorted(migrations, key=lambda migration: migration.number)


def read_statements(path: Path) -> tuple[str, ...]:
    """Return the statements of a file, without the comments between them."""
    code = re.sub(r"^\s*--.*$", "", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return tuple(part.strip() for part in code.split(";") if part.strip())


def _read(path: Path) -> Migration:
    content = path.read_text(encoding="utf-8")  # reads \r\n as \n
    return Migration(
        number=int(path.stem.split("_")[0]),
        name=path.stem,
        checksum=hashlib.sha256(content.encode()).hexdigest(),
        statements=read_statements(path),
    )
