"""The service, over HTTP."""

import json
import threading
import urllib.error
import urllib.request
from http.server import ThreadingHTTPServer

import pytest

from dataknobs_service import Handler


@pytest.fixture
def url():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()
    thread.join()


def ask(url, body=None):
    try:
        with urllib.request.urlopen(url, data=body, timeout=10) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)


def test_it_is_alive(url):
    assert ask(f"{url}/health") == (200, {"status": "ok"})


def test_it_is_ready_with_all_settings_only(url, monkeypatch):
    for name in ("ENVIRONMENT", "LOG_LEVEL", "DATABASE_URL", "ELASTICSEARCH_URL"):
        monkeypatch.delenv(name, raising=False)
    status, body = ask(f"{url}/ready")
    assert (status, "DATABASE_URL is not set" in body["status"]) == (503, True)
    monkeypatch.setenv("ENVIRONMENT", "staging")
    monkeypatch.setenv("LOG_LEVEL", "INFO")
    monkeypatch.setenv("DATABASE_URL", "postgresql://staging-db:5432/dataknobs_staging")
    monkeypatch.setenv("ELASTICSEARCH_URL", "http://staging-elasticsearch:9200")
    assert ask(f"{url}/ready") == (200, {"status": "ready", "environment": "staging"})


def test_it_finds_words_and_leaves(url):
    assert ask(f"{url}/tokens", "Crème brûlée".encode()) == (200, ["creme", "brulee"])
    assert ask(f"{url}/leaves", b'{"a": [1]}') == (200, {"a[0]": 1})


def test_it_says_what_is_wrong(url):
    assert ask(f"{url}/leaves", b"{")[0] == 400
    assert ask(f"{url}/nothing")[0] == 404
    assert ask(f"{url}/nothing", b"")[0] == 404
