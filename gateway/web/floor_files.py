"""The API of the shop floor's reports as files: the same answers, with names and local times, as XLSX or CSV."""

from base64 import b64decode
from collections.abc import Awaitable, Callable
from typing import Any, Final, Literal

from pydantic import Field
from starlette.responses import Response

from gateway.web import equipment, incidents, jobs, reports, weighing
from gateway.web.accounts import Role
from gateway.web.floor import read
from gateway.web.pay import Dates, checked
from gateway.web.route import Ask, Routes

routes = Routes("work")
Look = Callable[[Ask], Awaitable[dict[str, Any]]]
LOOKS: Final[dict[str, tuple[Role, Look]]] = {
    "setup": ("viewer", jobs.jobs),
    "loss": ("owner", weighing.losses),
    "downtime": ("viewer", incidents.downtime),
    "equipment": ("viewer", equipment.equipment),
    "safety": ("viewer", incidents.incidents),
    "contradictions": ("viewer", reports.contradictions),
}


class FloorFile(Dates):
    """Which days, and what kind of file."""

    format: Literal["xlsx", "csv"] = Field("xlsx", description="What kind of file.")
    language: Literal["ko", "en"] | None = Field(None, description="The workshop's unless told otherwise.")


def _route(kind: str, role: Role, look: Look) -> None:
    async def give(ask: Ask) -> Response:
        daemon, query = ask.to.daemon, ask.query
        days = checked(query, reports.MOST_DAYS)
        asked = {"format": query.format, "language": query.language}
        made = await read(daemon.office.floor(daemon.live.config, kind, await look(ask), *days, **asked))
        headers = {"Content-Disposition": f'attachment; filename="{made["name"]}"', "Cache-Control": "no-store"}
        return Response(b64decode(made["data"]), media_type=made["media"], headers=headers)

    give.__name__, give.__doc__ = f"{kind}_file", f"What `{kind}` tells of some days as a file, XLSX or CSV."
    routes.get(f"/work/reports/{kind}", role, query=FloorFile, gives="*/*")(give)


for _kind, (_role, _look) in LOOKS.items():
    _route(_kind, _role, _look)
