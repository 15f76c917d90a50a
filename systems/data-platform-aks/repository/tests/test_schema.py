from pathlib import Path

from data_platform import dbml_check, schema_check

ROOT = Path(__file__).parent.parent
SCHEMA = ROOT / "schema" / "warehouse.dbml"
MODELS = ROOT / "dbt" / "models" / "schema.yml"


def test_the_schema_is_sound() -> None:
    assert dbml_check.main([str(SCHEMA)]) == 0


def test_a_table_without_key_and_note_is_not(tmp_path: Path) -> None:
    broken = tmp_path / "broken.dbml"
    broken.write_text("Table orders {\n  id int\n}\n")
    assert dbml_check.problems(dbml_check.read(broken)) == [
        "orders: has no primary key",
        "orders: has no note that says what a row is",
    ]
    assert dbml_check.main([str(broken)]) == 1


def test_the_schema_and_the_marts_agree() -> None:
    assert schema_check.main([str(SCHEMA), str(MODELS)]) == 0


def test_what_stands_on_one_side_alone_is_named() -> None:
    found = schema_check.differences({"a": {"x"}, "b": {"x"}}, {"b": {"y"}, "c": {"x"}})
    assert found == [
        "a: in the schema, but no mart",
        "c: a mart, but not in the schema",
        "b.x: in one of the two alone",
        "b.y: in one of the two alone",
    ]
