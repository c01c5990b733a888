"""The whole table of routes: what the server answers, and what OpenAPI tells of it."""

from gateway.web import (
    alarms,
    api,
    backups,
    discovery,
    figures,
    labels,
    masters,
    past,
    pay,
    people,
    reports,
    rules,
    transfer,
)
from gateway.web.route import Route

_PARTS = (api, alarms, discovery, rules, figures, past, pay, reports, backups, masters, transfer, labels, people)
ROUTES: tuple[Route, ...] = tuple(route for part in _PARTS for route in part.routes.all)
