"""Do dbt's models and the DBML schema say the same? A column in one of the two alone is a contract nobody keeps."""

import sys
from pathlib import Path

import yaml

from data_platform.dbml_check import read

Columns = dict[str, set[str]]


def of_dbml(path: Path) -> Columns:
    """Table name to its columns."""
    return {table.name: {column.name for column in table.columns} for table in read(path).tables}


def of_dbt(path: Path) -> Columns:
    """Model name to its documented columns, for the models that the schema promises: the marts."""
    models = yaml.safe_load(path.read_text())["models"]
    marts = [model for model in models if "mart" in model.get("config", {}).get("tags", [])]
    return {model["name"]: {column["name"] for column in model["columns"]} for model in marts}


def differences(promised: Columns, built: Columns) -> list[str]:
    """One line for each table or column that stands on one side alone."""
    found = [f"{name}: in the schema, but no mart" for name in sorted(promised.keys() - built.keys())]
    found += [f"{name}: a mart, but not in the schema" for name in sorted(built.keys() - promised.keys())]
    for name in sorted(promised.keys() & built.keys()):
        found += [f"{name}.{column}: in one of the two alone" for column in sorted(promised[name] ^ built[name])]
    return found


def main(arguments: list[str]) -> int:
    """Exit code 0 if both say the same, else 1."""
    schema, models = map(Path, arguments)
    found = differences(of_dbml(schema), of_dbt(models))
    print("\n".join(found) or "the schema and the marts agree")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
