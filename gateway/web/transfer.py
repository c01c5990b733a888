"""The API of files: a list in (looked at first, then taken), and any list or listing of the ledger out."""

from typing import Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response, StreamingResponse

from gateway import apart
from gateway.errors import StorageFailed
from gateway.lists import Unplanned
from gateway.tables.grid import MOST_BYTES
from gateway.tables.share import NoConsent
from gateway.web.route import LATEST_MS, Ask, Routes, Stop
from gateway.work.entries import NotRecorded

routes = Routes("people")
MS: Final = 1_000_000
TYPES: Final = {
    "csv": "text/csv",
    "zip": "application/zip",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
FORMATS: Final = {"all": ("xlsx",), "share": ("zip",)}
Kind = Literal[
    "workers",
    "operations",
    "styles",
    "routes",
    "rates",
    "orders",
    "bundles",
    "defect_codes",
    "reason_codes",
    "equipment",
    "bookings",
]
What = Kind | Literal["all", "lines", "scans", "share"]


class ImportQuery(BaseModel):
    """What the file is, and whether to do what its plan says."""

    model_config = ConfigDict(extra="forbid")

    kind: Kind | None = Field(None, description="The list that it is; found out when left out.")
    bundle_of: int | None = Field(None, ge=1, le=9999, description="Pieces of the bundles of new orders.")
    plan: str | None = Field(None, max_length=64, description="The plan to do; without it the file is only looked at.")
    good_rows: bool = Field(False, description="Take the rows without a problem, though others have one.")


class ExportQuery(BaseModel):
    """What to write."""

    model_config = ConfigDict(extra="forbid")

    what: What = Field(description="A list; `all` lists (xlsx); `lines` or `scans` of the ledger; `share` (zip).")
    format: Literal["csv", "xlsx", "zip"] = Field("xlsx", description="The kind of file.")
    encoding: Literal["utf-8", "cp949"] = Field("utf-8", description="Of CSV; UTF-8 has a mark for spreadsheets.")
    lossy: bool = Field(False, description="Write `?` for what CP949 cannot say.")
    since: int = Field(0, alias="from", ge=0, le=LATEST_MS, description="UTC ms, of lines and scans.")
    to: int = Field(LATEST_MS, ge=0, le=LATEST_MS, description="UTC ms, likewise.")


@routes.post("/work/import", "owner", scope="work", query=ImportQuery, raw_bytes=MOST_BYTES)
async def take(ask: Ask) -> dict[str, Any]:
    """Look at a CSV or XLSX file (the body): what it would change, and every problem with its cell. With `plan` do it;
    409 with the new plan when the shop has changed since, or has problems and `good_rows` is not set."""
    asked, lists = ask.query, ask.to.daemon.lists
    options = (ask.raw, asked.kind, asked.bundle_of)
    try:
        if asked.plan is None:
            found = await lists.planned(*options)
        else:
            by = ask.who.user or ask.who.role
            found = await lists.imported(*options, wanted=asked.plan, good_rows=asked.good_rows, by=by)
    except Unplanned as other:
        if "unreadable" not in other.now:
            raise Stop(409, _told(other.now)) from other
        found = other.now
    except NotRecorded as error:
        raise Stop(422, error.text) from error
    except apart.Failed as error:  # its text may hold what stands in the file: names
        raise Stop(503, "The file could not be read to its end: give us a smaller one.") from error
    except StorageFailed as error:
        raise Stop(503, str(error)) from error
    if "unreadable" in found:
        raise Stop(422, found["unreadable"])
    return _told(found)


def _told(found: dict[str, Any]) -> dict[str, Any]:
    """Return a plan without what is only for doing it."""
    return {name: value for name, value in found.items() if name not in ("units", "people")}


@routes.get("/work/export", "owner", query=ExportQuery, gives="*/*")
async def give(ask: Ask) -> Response:
    """A file of a list or a listing; 422 with the cells when CP949 cannot say them and `lossy` is not set."""
    asked, lists = ask.query, ask.to.daemon.lists
    if asked.format not in FORMATS.get(asked.what, ("csv", "xlsx")):
        raise Stop(422, f"{asked.what} is not written as {asked.format}.")
    question = lists.question(asked.what, asked.format, asked.encoding, (asked.since * MS, asked.to * MS))
    try:
        if asked.what == "share":
            await lists.may_share()
        if asked.format == "csv" and asked.encoding == "cp949" and not asked.lossy:
            told = await lists.unsayable(question)
            if told["cells"]:
                raise Stop(422, told)
        parts = lists.written(question)
        first = await anext(parts, b"")  # what fails at once is told, not sent
    except NoConsent as why:
        raise Stop(403, str(why)) from why
    except apart.Failed as error:
        raise Stop(503, "The file could not be made: is there room on the disk?") from error
    except StorageFailed as error:
        raise Stop(503, str(error)) from error

    async def whole() -> Any:
        yield first
        async for part in parts:
            yield part

    name = f'attachment; filename="gongbang-{asked.what}.{asked.format}"'
    charset = f"; charset={'euc-kr' if asked.encoding == 'cp949' else 'utf-8'}" if asked.format == "csv" else ""
    headers = {"Content-Disposition": name, "Cache-Control": "no-store"}
    return StreamingResponse(whole(), media_type=TYPES[asked.format] + charset, headers=headers)
