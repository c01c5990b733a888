"""The whole table of routes: what the server answers, and what OpenAPI tells of it."""

from gateway.web import alarms, api, discovery, rules
from gateway.web.route import Route

ROUTES: tuple[Route, ...] = (*api.routes.all, *alarms.routes.all, *discovery.routes.all, *rules.routes.all)
