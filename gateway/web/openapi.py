"""The OpenAPI document of the API, and its page: made from the table of routes, without a script from elsewhere."""

import re
from collections.abc import Iterable
from html import escape
from typing import Any

from gateway.version import VERSION
from gateway.web.api import PREFIX
from gateway.web.route import Model, Route
from gateway.web.table import ROUTES

DETAIL = {
    "type": "object",
    "required": ["detail"],
    "properties": {"detail": {"description": "Why, as a sentence, or several.", "type": ["string", "array", "object"]}},
}
REFUSED = {
    "4XX": {
        "description": "Not our own page, without the role or scope, not there, or not as it must be; 429: too often.",
        "content": {"application/json": {"schema": DETAIL}},
    },
    "503": {"description": "Not now.", "content": {"application/json": {"schema": {"type": "object"}}}},
}
STYLE = "body{font:16px/1.5 sans-serif;margin:2rem}td{padding:4px 16px 4px 0;vertical-align:top}"


def document() -> dict[str, Any]:
    """Return the OpenAPI 3.1 document; `x-role` of an operation is the least role that may ask."""
    paths: dict[str, dict[str, Any]] = {}
    schemas: dict[str, Any] = {}
    for route in ROUTES:
        paths.setdefault(PREFIX + route.path, {})[route.method.lower()] = _operation(route, schemas)
    components = {"schemas": schemas, "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}}}
    info = {"title": "Gongbang", "version": VERSION}
    return {"openapi": "3.1.0", "info": info, "paths": paths, "components": components}


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


def _operation(route: Route, schemas: dict[str, Any]) -> dict[str, Any]:
    """Return one operation; what its models refer to is put among `schemas`."""
    operation: dict[str, Any] = {
        "operationId": f"{route.handler.__module__.rpartition('.')[2]}.{route.handler.__name__}",
        "summary": (route.handler.__doc__ or "").strip(),
        "x-role": route.role,
        "x-scope": route.needs,
        "parameters": [*_in_path(route.path), *_in_query(route, schemas)],
        "responses": {"200": {"description": "Well.", "content": {route.gives: {"schema": _given(route)}}}, **REFUSED},
    }
    if route.needs != "door":
        operation["security"] = [{"token": []}, {}]
    if route.form:
        content = {"application/json": {"schema": _schema(route.form, schemas)}}
        operation["requestBody"] = {"required": True, "content": content}
    if route.raw_bytes:
        content = {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}
        operation["requestBody"] = {"required": True, "content": content}
    return operation


def _given(route: Route) -> dict[str, Any]:
    return {"type": "object"} if route.gives == "application/json" else {}


def _schema(model: Model, schemas: dict[str, Any]) -> dict[str, Any]:
    schema = model.model_json_schema(ref_template="#/components/schemas/{model}")
    schemas.update(schema.pop("$defs", {}))
    return schema


def _in_path(path: str) -> Iterable[dict[str, Any]]:
    for name in re.findall(r"{(\w+)}", path):
        yield {"name": name, "in": "path", "required": True, "schema": {"type": "string", "minLength": 1}}


def _in_query(route: Route, schemas: dict[str, Any]) -> Iterable[dict[str, Any]]:
    if route.query:
        query = _schema(route.query, schemas)
        for name, schema in query["properties"].items():
            yield {"name": name, "in": "query", "required": name in query.get("required", ()), "schema": schema}
