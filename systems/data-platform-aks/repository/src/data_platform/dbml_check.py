"""Is a DBML file sound? Parses it, and asks for what a parser does not: a primary key in every table, a note on it."""

import sys
from pathlib import Path

from pydbml import PyDBML
from pydbml.database import Database


def read(path: Path) -> Database:
    """Parses the file; what the parser says of a broken one is raised."""
    return PyDBML(path)


def problems(database: Database) -> list[str]:
    """One line for each table that nobody could use as it stands."""
    found = [] if database.tables else ["the file has no table"]
    for table in database.tables:
        if not any(column.pk for column in table.columns):
            found.append(f"{table.name}: has no primary key")
        if not table.note.text:
            found.append(f"{table.name}: has no note that says what a row is")
    return found


def main(arguments: list[str]) -> int:
    """Exit code 0 without a problem, else 1."""
    found = [f"{path}: {line}" for path in arguments for line in problems(read(Path(path)))]
    print("\n".join(found) or "sound")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
