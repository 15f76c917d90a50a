"""The page."""

from streamlit.testing.v1 import AppTest


def test_page_has_its_title():
    page = AppTest.from_file("../src/kitchen/app.py").run()
    assert page.title[0].value == "Mangetamain"
