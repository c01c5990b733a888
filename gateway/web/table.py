"""The whole table of routes: what the server answers, and what OpenAPI tells of it."""

from gateway.web import (
    access,
    alarms,
    api,
    backups,
    configuration,
    corrections,
    discovery,
    equipment,
    figures,
    floor_files,
    incidents,
    jobs,
    kiosk,
    labels,
    masters,
    past,
    pay,
    people,
    reports,
    restoring,
    rules,
    standing,
    transfer,
    trust,
    users,
    weighing,
)
from gateway.web.route import Route

_FLOOR = (kiosk, standing, corrections, jobs, weighing, equipment, incidents, floor_files)
_LISTS = (masters, transfer, labels, people)
_PARTS = (
    api,
    alarms,
    configuration,
    discovery,
    rules,
    figures,
    past,
    pay,
    reports,
    backups,
    restoring,
    access,
    users,
    trust,
    *_LISTS,
    *_FLOOR,
)
ROUTES: tuple[Route, ...] = tuple(route for part in _PARTS for route in part.routes.all)
