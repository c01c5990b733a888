"""The OpenAPI document of the API, and its page: made from the table of routes, without a script from elsewhere."""

import re
from collections.abc import Iterable
from html import escape
from typing import Any

from gateway.version import VERSION
from gateway.web.api import PREFIX
from gateway.web.route import Route
from gateway.web.table import ROUTES

STYLE = "body{font:16px/1.5 sans-serif;margin:2rem}td{padding:4px 16px 4px 0;vertical-align:top}"


def document() -> dict[str, Any]:
    """Return the OpenAPI 3.1 document; `x-role` of an operation is the least role that may ask."""
    paths: dict[str, dict[str, Any]] = {}
    for route in ROUTES:
        paths.setdefault(PREFIX + route.path, {})[route.method.lower()] = _operation(route)
    return {"openapi": "3.1.0", "info": {"title": "Gongbang", "version": VERSION}, "paths": paths}


def page() -> str:
    """Return the API as a page to read."""
    rows = "".join(
        f"<tr><td><code>{method.upper()}</code></td><td><code>{escape(path)}</code></td>"
        f"<td>{operation['x-role']}</td><td>{escape(operation['summary'])}</td></tr>"
        for path, methods in document()["paths"].items()
        for method, operation in methods.items()
    )
    return (
        "<!doctype html><html lang=en><meta charset=utf-8><title>Gongbang API</title>"
        '<link rel=stylesheet href="/api/docs.css">'
        f'<h1>Gongbang API</h1><p><a href="/api/openapi.json">OpenAPI 3.1</a></p><table>{rows}</table></html>'
    )


def _operation(route: Route) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "operationId": route.handler.__name__,
        "summary": (route.handler.__doc__ or "").strip(),
        "x-role": route.role,
        "x-scope": route.needs,
        "parameters": [*_in_path(route.path), *_in_query(route)],
        "responses": {"200": {"description": "Well."}} | _refusals(route),
    }
    if route.form:
        schema = route.form.model_json_schema()
        operation["requestBody"] = {"required": True, "content": {"application/json": {"schema": schema}}}
    if route.raw_bytes:
        content = {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}
        operation["requestBody"] = {"required": True, "content": content}
    return operation


def _in_path(path: str) -> Iterable[dict[str, Any]]:
    for name in re.findall(r"{(\w+)}", path):
        yield {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}


def _in_query(route: Route) -> Iterable[dict[str, Any]]:
    if route.query:
        query = route.query.model_json_schema()
        for name, schema in query["properties"].items():
            yield {"name": name, "in": "query", "required": name in query.get("required", ()), "schema": schema}


def _refusals(route: Route) -> dict[str, Any]:
    found = {} if route.role == "nobody" else {"401": {"description": f"Needs the role {route.role}."}}
    found |= {"403": {"description": "Not from our own page."}} if route.method == "POST" else {}
    return found | {"429": {"description": "Asked too often: wait for Retry-After."}}
