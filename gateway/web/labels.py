"""The API of labels: what can be printed, how it will look, and printing it."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.responses import Response

from barcodes.labels.design import KINDS
from barcodes.labels.parts import Media, NoRoom
from gateway import apart
from gateway.config.label_design import LabelDesign
from gateway.config.printing import Printer
from gateway.errors import StorageFailed
from gateway.printing.spool import Full
from gateway.web.route import Ask, Routes, Stop
from gateway.work.entries import NotRecorded

if TYPE_CHECKING:  # who never prints does not load it
    from gateway.printing.orders import Order

routes = Routes("labels")


class PrintForm(BaseModel):
    """A printer, and what to print: an order of any kind, see the guide's page on labels."""

    model_config = ConfigDict(extra="forbid")

    printer: str = Field(max_length=63)
    order: dict[str, Any]
    form: Literal["auto", "code128", "qr"] = "auto"
    first: int = Field(0, ge=0, le=500, description="Places of the first sheet that are used already.")


class PreviewForm(BaseModel):
    """What to look at, on the label of a printer or of a size."""

    model_config = ConfigDict(extra="forbid")

    order: dict[str, Any]
    printer: str | None = Field(None, max_length=63)
    width_mm: float = Field(60.0, ge=15, le=200)
    height_mm: float = Field(40.0, ge=8, le=290)
    dpi: Literal[203, 300] = 203
    form: Literal["auto", "code128", "qr"] = "auto"
    designs: tuple[dict[str, Any], ...] = Field((), max_length=len(KINDS), description="As if `labels` said so.")


class AgainForm(BaseModel):
    """A print that is there, to be printed again; on another printer, if it is named."""

    model_config = ConfigDict(extra="forbid")

    id: str = Field(max_length=200)
    printer: str = Field(max_length=63)
    form: Literal["auto", "code128", "qr"] = "auto"
    first: int = Field(0, ge=0, le=500)
    since: int = Field(1, ge=1, le=1000, description="The first label to print; those before it are on paper.")


class PrintsQuery(BaseModel):
    """How many prints to show."""

    model_config = ConfigDict(extra="forbid")

    limit: int = Field(50, ge=1, le=500)


@routes.get("/labels/printers", "operator")
async def printers(ask: Ask) -> dict[str, Any]:
    """The printers: how they are, what waits, and what became of the newest jobs; a sheet of A4 where none is one."""
    return {"printers": ask.to.daemon.printers.told()}


@routes.get("/labels/prints", "operator", query=PrintsQuery)
async def prints(ask: Ask) -> dict[str, Any]:
    """The newest prints: what, where, how many labels, which serials; `copy` above 0 was a reprint."""
    try:
        found = await ask.to.daemon.printers.newest(ask.query.limit)
    except StorageFailed as error:
        raise Stop(503, str(error)) from error
    return {"prints": found}


@routes.get("/labels/designs", "operator")
async def designs(ask: Ask) -> dict[str, Any]:
    """How each kind of label looks, how ours does, and the fields that it may show; `labels` of the configuration."""
    return {"designs": ask.to.daemon.printers.designs()}


@routes.post("/labels/preview", "operator", form=PreviewForm, audited=False, gives="image/png")
async def preview(ask: Ask) -> Response:
    """The labels as they will look, as PNG, at the most twenty, one below the other. Nothing is kept."""
    from gateway.printing import drawing

    form, daemon = ask.form, ask.to.daemon
    media = Media(form.width_mm, form.height_mm, form.dpi)
    if form.printer is not None:
        media = drawing.media_of(_printer(ask, form.printer), on_screen=True)
    with _told():
        picture = await daemon.printers.preview(_order(form.order), media, form.form, _designs(form.designs))
    return Response(picture, media_type="image/png")


@routes.post("/labels/print", "operator", form=PrintForm, gives="*/*")
async def print_labels(ask: Ask) -> Any:
    """Print: new serials are issued, what was printed before is marked as a reprint. A PDF for a printer of nobody."""
    return await _printed(ask, _order(ask.form.order))


@routes.post("/labels/reprint", "operator", form=AgainForm, gives="*/*")
async def reprint_labels(ask: Ask) -> Any:
    """Print again what an earlier print was, marked as a reprint."""
    try:
        order = await ask.to.daemon.printers.order_of(ask.form.id)
    except (KeyError, ValueError) as error:
        raise Stop(404, f"There is no print {ask.form.id}.") from error
    except StorageFailed as error:
        raise Stop(503, str(error)) from error
    return await _printed(ask, order, ask.form.since - 1)


async def _printed(ask: Ask, order: "Order", skip: int = 0) -> Any:
    form = ask.form
    _printer(ask, form.printer)
    with _told():
        printed = await ask.to.daemon.printers.print(order, form.printer, ask.who.user, form.form, form.first, skip)
    if printed.document is not None:
        name = printed.id.rpartition(":e:")[2].replace(":", "-")
        headers = {"content-disposition": f'attachment; filename="labels-{name}.pdf"', "x-print": printed.id}
        return Response(printed.document, media_type="application/pdf", headers=headers)
    return {"id": printed.id, "copy": printed.copy, "labels": printed.labels, "serials": printed.serials}


def _printer(ask: Ask, name: str) -> Printer:
    try:
        return ask.to.daemon.printers.printer(name)
    except KeyError:
        known = ", ".join(one["name"] for one in ask.to.daemon.printers.told()) or "none"
        raise Stop(404, f"There is no printer {name}. Those of the configuration: {known}.") from None


def _order(given: dict[str, Any]) -> "Order":
    from gateway.printing import orders

    try:
        order: Order = orders.ORDER.validate_python(given, strict=False)
    except ValidationError as error:
        raise Stop(422, [f"order.{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors()]) from error
    return order


def _designs(given: Iterable[dict[str, Any]]) -> list[LabelDesign]:
    try:
        return [LabelDesign.model_validate(one) for one in given]
    except ValidationError as error:
        raise Stop(422, [one["msg"].removeprefix("Value error, ") for one in error.errors()]) from error


@contextmanager
def _told() -> Iterator[None]:
    """Turn what can go wrong while printing into answers."""
    try:
        yield
    except (NoRoom, NotRecorded) as error:
        raise Stop(422, error.text) from error
    except Full as error:
        raise Stop(409, str(error)) from error
    except StorageFailed as error:
        raise Stop(503, str(error)) from error
    except apart.Failed as error:
        raise Stop(500, f"The labels could not be drawn: {error}") from error
