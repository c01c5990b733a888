"""Bundles and corrections over the API of a real daemon: what is kept, what is refused with why, and who may."""

from typing import Any

import pytest
from rig import Daemon

from gateway.web.corrections import routes
from tests.web.test_api import browser
from tests.web.test_pay import shop  # noqa: F401 - the fixture: a daemon with two days of work

WHY = {"reason": "as told"}


def test_a_bundle_tells_where_it_is_and_what_happened(shop: Daemon) -> None:  # noqa: F811 - the fixture
    with browser(shop) as page:
        told = page.get("/api/v1/work/bundles/1").json()
        assert (told["done"], told["defects"], told["style"]) == ("SEW", {"SEW": 1}, None)
        assert [entry["do"] for step in told["events"] for entry in step["entries"]] == ["done", "done", "defect"]
        assert page.get("/api/v1/work/bundles/404").status_code == 404
        assert page.get("/api/v1/work/bundles/a%20b").status_code == 404
        assert page.get("/api/v1/work/wip").json() == {"operations": [{"operation": "SEW", "pieces": 30}]}


def test_corrections_are_kept_or_refused_with_why(shop: Daemon) -> None:  # noqa: F811 - the fixture
    with browser(shop) as page:

        def post(path: str, **form: Any) -> Any:
            return page.post(f"/api/v1/work/{path}", json=form)

        assert post("bundles/2/split", parts=[10, 10], **WHY).status_code == 409
        kept = post("bundles/2/split", parts=[10, 20], **WHY)
        parts = kept.json()["entries"][-1]["into"]
        assert [part["quantity"] for part in parts] == [10, 20]
        assert [part["bundle"][-1] for part in parts] == ["A", "B"]
        assert post("bundles/2/split", parts=[10, 20], **WHY).json()["detail"]["en"].startswith("Bundle 2 was split")
        assert post("void", event=kept.json()["event"], **WHY).status_code == 200
        assert post("bundles/2/short", quantity=28, **WHY).status_code == 200
        assert post("bundles/2/scrap", operation="CUT", quantity=1, **WHY).status_code == 200
        assert post("bundles/1/repair", operation="SEW", **WHY).status_code == 200
        assert post("bundles/1/defect", operation="SEW", code="SKIP", **WHY).status_code == 200
        assert post("bundles/1/move", to=7, **WHY).status_code == 409
        assert post("stations/desk/helped").status_code == 409
        assert page.get("/api/v1/work/bundles/2").json()["pieces"] == 27
        found = page.get("/api/v1/figures/pareto").json()
        assert [(one["code"], one["value"]) for one in found["defects"]] == [("SKIP", 1), ("SCRAP", 1)][::-1]
        assert found["defects"][0]["parts"] == [{"of": "CUT", "value": 1}]


def test_orders_tell_what_is_left_and_late_and_bundles_where_they_are(shop: Daemon) -> None:  # noqa: F811 - the fixture
    with browser(shop) as page:
        row = {"order": "O1", "style": "S1", "size": "M", "colour": "red", "quantity": 100, "due": "2020-01-31"}
        assert page.post("/api/v1/work/masters/styles", json={"rows": [{"style": "S1", "name": "셔츠"}]}).is_success
        assert page.post("/api/v1/work/masters/orders", json={"rows": [row]}).is_success
        told = page.get("/api/v1/work/orders").json()
        of_order = page.get("/api/v1/work/bundles", params={"order": "O1"}).json()["bundles"]
        of_cut = page.get("/api/v1/work/bundles", params={"operation": "CUT"}).json()["bundles"]
        (one,) = page.get("/api/v1/work/bundles", params={"operation": "SEW"}).json()["bundles"]
    (order,) = told["orders"]
    assert (order["name"], order["target"], order["left"], order["late"]) == ("셔츠", 100, 100 - order["made"], True)
    assert [step["operation"] for step in order["steps"]] == ["CUT", "SEW"]
    assert told["bottleneck"] == "SEW"
    assert told["has"] == {"bundles": True, "jobs": False, "weighing": False, "equipment": False, "tools": False}
    assert (of_order, of_cut) == ([], [])  # nobody told of which order the bundle is
    assert (one["bundle"], one["done"], one["waits_for"], one["in_hand"]) == ("2", "CUT", ["SEW"], [])
    assert one["since"] is not None


@pytest.mark.parametrize(
    "form",
    [
        {},
        {"parts": [1, 2]},
        {"parts": [1, 2], "reason": " \n"},
        {"parts": [1], "reason": "x"},
        {"parts": [0, 2], "reason": "x"},
        {"parts": [1, 2], "reason": "x" * 201},
        {"parts": [1, 2], "reason": "x", "more": 1},
    ],
)
def test_a_form_that_says_not_enough_is_refused(shop: Daemon, form: dict[str, Any]) -> None:  # noqa: F811 - the fixture
    with browser(shop) as page:
        assert page.post("/api/v1/work/bundles/2/split", json=form).status_code == 422


def test_who_may_do_what() -> None:
    roles = {route.path.rpartition("/")[2]: route.role for route in routes.all}
    assert roles.pop("void") == "owner"
    assert roles.pop("wip") == "viewer"
    assert set(roles.values()) == {"operator"}
