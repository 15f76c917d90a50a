import json
from http import HTTPStatus
from pathlib import Path
from typing import Any
from wsgiref.types import WSGIApplication
from wsgiref.util import setup_testing_defaults

import pytest

import dataenginex
from dataenginex import Api, Request, Response, Storage, request_id, security_headers


def call(app: WSGIApplication, **environ: Any) -> tuple[str, dict[str, str], bytes]:
    seen: dict[str, Any] = {}

    def start(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
        seen.update(status=status, headers=dict(headers))

    setup_testing_defaults(environ)
    body = b"".join(app(environ, start))
    return seen["status"], seen["headers"], body


def test_has_a_version() -> None:
    assert dataenginex.__version__.count(".") >= 2


def test_routes_and_reads_the_query() -> None:
    api = Api()

    @api.get("/hello")
    def hello(request: Request) -> Response:
        return Response({"hello": request.query["name"]})

    status, headers, body = call(api, PATH_INFO="/hello", QUERY_STRING="name=dex")
    assert (status, json.loads(body)) == ("200 OK", {"hello": "dex"})
    assert headers["Content-Length"] == str(len(body))
    with pytest.raises(ValueError, match="has an endpoint already"):
        api.get("/hello")(hello)


def test_refuses_what_it_does_not_know() -> None:
    assert call(Api(), PATH_INFO="/nothing")[0] == "404 Not Found"
    assert call(Api(), PATH_INFO="/health", REQUEST_METHOD="POST")[0] == "405 Method Not Allowed"


def test_a_head_request_has_no_body() -> None:
    assert call(Api(), PATH_INFO="/health", REQUEST_METHOD="HEAD")[2] == b""


def test_is_ready_only_if_all_checks_pass() -> None:
    assert call(Api(checks={"a": lambda: True}), PATH_INFO="/ready")[0] == "200 OK"
    checks = {"a": lambda: True, "b": lambda: False}
    status, _, body = call(Api(checks=checks), PATH_INFO="/ready")
    assert status.startswith(str(HTTPStatus.SERVICE_UNAVAILABLE.value))
    assert json.loads(body)["checks"] == {"a": True, "b": False}


@pytest.mark.parametrize(("given", "kept"), [("abc-1", True), ("a b", False), ("x" * 65, False), ("", False)])
def test_takes_over_plain_request_ids_only(given: str, kept: bool) -> None:
    _, headers, _ = call(request_id(Api()), PATH_INFO="/health", HTTP_X_REQUEST_ID=given)
    assert (headers["X-Request-Id"] == given) is kept
    assert headers["X-Request-Id"]


def test_adds_security_headers() -> None:
    _, headers, _ = call(security_headers(Api()), PATH_INFO="/health")
    assert headers["Cache-Control"] == "no-store"


def test_stores_values(tmp_path: Path) -> None:
    storage = Storage(tmp_path)
    storage.put("job-1", {"title": "engineer"})
    assert storage.get("job-1") == {"title": "engineer"}
    assert [file.name for file in tmp_path.iterdir()] == ["job-1.json"]
    assert storage.writable()


@pytest.mark.parametrize("key", ["../up", "", "A", "a/b", "x" * 65])
def test_refuses_keys_that_are_paths(tmp_path: Path, key: str) -> None:
    with pytest.raises(ValueError, match="is no key"):
        Storage(tmp_path).put(key, 1)


def test_knows_what_is_missing(tmp_path: Path) -> None:
    with pytest.raises(KeyError):
        Storage(tmp_path).get("nothing")
