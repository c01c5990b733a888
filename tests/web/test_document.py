"""The API's document: whatever it lets somebody send is answered as it says, and never by an error of the server."""

import asyncio
import json
import warnings
from collections.abc import Iterator
from contextlib import suppress

import httpx
import pytest
import workload
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from rig import daemon, free_port, until

from gateway.web import hashing
from gateway.web.openapi import document
from gateway.web.scope import GRANTED

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # its own imports
    import schemathesis
    from schemathesis.specs.openapi import checks

PASSWORD = "나무 책상 일곱"
ENDLESS = {"/api/v1/stream"}
# They use up tries, and logging out ends it.
LAST = [f"/api/v1/{path}" for path in ("login", "login/badge", "password", "setup", "logout")]
CHECKS = [checks.status_code_conformance, checks.content_type_conformance, checks.response_schema_conformance]
SCHEMA = schemathesis.openapi.from_dict(document())
OPERATIONS = sorted(
    (one.ok() for one in SCHEMA.get_all_operations()), key=lambda one: LAST.index(one.path) if one.path in LAST else -1
)


def test_every_operation_has_a_name_of_its_own() -> None:
    names = [operation["operationId"] for path in document()["paths"].values() for operation in path.values()]
    assert len(names) == len(set(names))


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """An owner's page; with `token`, a program that may everything that a program may."""
    folder, port = tmp_path_factory.mktemp("document"), free_port()
    hashed = asyncio.run(hashing.hashed(PASSWORD))
    (folder / "accounts.json").write_text(json.dumps({"owner": {"role": "installer", "hash": hashed}}))
    plant = {"stations": [{"name": "desk"}], "dashboard": {"host": "127.0.0.1", "port": port}}
    config = workload.write(folder / "edge_config.yaml", [], 9, port, publish=[], **plant)
    with daemon(config, port) as running:
        until(running.ready, "it answers")
        base = f"http://127.0.0.1:{port}"
        limits = httpx.Limits(max_keepalive_connections=0)
        with httpx.Client(base_url=base, headers={"Origin": base}, timeout=60, verify=False, limits=limits) as owner:
            owner.headers["X-CSRF"] = owner.get("/api/v1/session").json()["csrf"]
            begun = owner.post("/api/v1/login", json={"user": "owner", "password": PASSWORD})
            owner.headers["X-CSRF"] = begun.json()["csrf"]
            yield owner


@pytest.mark.slow
@pytest.mark.parametrize("mode", list(schemathesis.GenerationMode), ids=lambda mode: mode.name)
@pytest.mark.parametrize("operation", [one for one in OPERATIONS if one.path not in ENDLESS], ids=lambda one: one.label)
def test_it_answers_as_the_document_says(
    page: httpx.Client, operation: schemathesis.APIOperation, mode: schemathesis.GenerationMode
) -> None:
    @settings(max_examples=12, suppress_health_check=list(HealthCheck))
    @given(st.data())
    def ask(data: st.DataObject) -> None:
        case = data.draw(operation.as_strategy(generation_mode=mode))
        given = case.as_transport_kwargs(base_url=str(page.base_url))
        given["headers"] = {name: value for name, value in given["headers"].items() if name.lower() == "content-type"}
        given.pop("cookies", None)
        if "data" in given:  # raw, in httpx's words
            given["content"] = given.pop("data")
        answer = page.request(**given)
        assert answer.status_code < 500 or answer.status_code == 503, answer.text
        case.validate_response(answer, checks=CHECKS)

    with suppress(Unsatisfiable):  # nothing can be wrong where nothing is asked
        ask()


def test_scopes_are_told() -> None:
    scopes = {operation["x-scope"] for path in document()["paths"].values() for operation in path.values()}
    assert scopes == GRANTED | {"door"}


def test_what_is_no_route_is_told_like_every_refusal(page: httpx.Client) -> None:
    for method, path, status in (("GET", "api/v1/none", 404), ("POST", "api/v1/points", 405), ("POST", "none", 405)):
        answer = page.request(method, f"/{path}")
        assert (answer.status_code, list(answer.json())) == (status, ["detail"])
