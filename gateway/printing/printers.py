"""Printers: those of the configuration, and the way of an order to one of them.

An order is laid out first: what does not fit is refused, and nothing is kept. Then an event `work` is kept that issues
its serials and counts its tickets, and then it is drawn and queued. So a serial that is on paper was issued; one that
was issued may not be on paper, when the printer fails: it is printed again, as a reprint.
"""

import asyncio
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import apsw

from barcodes.labels.arrange import Card, Form
from barcodes.labels.cards import again
from barcodes.labels.parts import Media
from barcodes.ticket import encode
from gateway.component import Component
from gateway.config.label_design import LabelDesign
from gateway.config.printing import Printer
from gateway.config.root import EdgeConfig
from gateway.desk import Desk
from gateway.event import position_of
from gateway.journal.journal import Journal
from gateway.journal.writer import Transaction
from gateway.printing import drawing, orders, render
from gateway.printing.orders import UNIQUE, BadgeOrder, BundleOrder, Order
from gateway.printing.shop import Shop
from gateway.printing.spool import Full, Job, Spool
from gateway.supervisor import Backoff, Supervisor
from gateway.work.entries import Entry, NotRecorded
from gateway.work.projections import prints

RETRY: Final = Backoff(1.0, 30.0)
SOURCE: Final = "print"
PAPER: Final = Printer(name="a4", language="pdf", width_mm=64, height_mm=34)  # where no printer of the shop is one


@dataclass(frozen=True, slots=True)
class Printed:
    """What became of an order: the event of it, and the document where there is no printer to send it to."""

    id: str
    copy: int
    labels: int
    serials: list[str]
    document: bytes | None = None


class Printers:
    """Starts and ends spools, and takes orders."""

    def __init__(
        self,
        supervisor: Supervisor,
        components: dict[str, Component],
        journal: Journal,
        desk: Desk,
        gateway: str,
        config: EdgeConfig,
        today: Callable[[], str],
    ) -> None:
        """Take what tells the day in the shop, `2026-12-01`: rates are as of then."""
        self._supervisor, self._components = supervisor, components
        self._journal, self._desk, self._gateway = journal, desk, gateway
        self._config, self._today = config, today
        self._spools: dict[str, Spool] = {}
        self._drawing = asyncio.Semaphore(1)  # a process at a time

    async def start(self, config: EdgeConfig) -> None:
        """Take over a configuration: printers that are new or other begin anew, those that went give up their jobs."""
        self._config = config
        wanted = {printer.name: printer for printer in config.printers}
        for name in [name for name, spool in self._spools.items() if wanted.get(name) != spool.printer]:
            await self._stop(name)
        for name, printer in wanted.items():
            if name not in self._spools:
                self._start(printer)

    def _start(self, printer: Printer) -> None:
        component = Component(printer.name, "printer")
        spool = Spool(printer, lambda: self._supervisor.arrived(component))
        component.counters, component.queued = spool.counters, lambda: spool.queued
        component.detail = lambda: {"jobs": [job.told() for job in spool.jobs]}
        self._spools[printer.name], self._components[printer.name] = spool, component
        self._supervisor.start(component, spool.run, RETRY)

    async def _stop(self, name: str) -> None:
        await self._supervisor.stop(name)
        self._spools.pop(name).close()
        del self._components[name]

    async def close(self) -> None:
        """End all; what waits is told in the log."""
        for name in list(self._spools):
            await self._stop(name)

    def printer(self, name: str) -> Printer:
        """Return a printer, or the sheet of paper that every shop has; KeyError without it."""
        spool = self._spools.get(name)
        if spool is None and name == PAPER.name:
            return PAPER
        return self._spools[name].printer

    def told(self) -> list[dict[str, Any]]:
        """Return the printers as screens get them, their jobs newest first; paper last, unless the shop has it."""
        told = [
            {
                **_size(spool.printer),
                "state": self._components[name].state,
                "error": self._components[name].last_error if self._components[name].state == "down" else "",
                "document": is_document(spool.printer),
                "jobs": [job.told() for job in reversed(spool.jobs)],
            }
            for name, spool in self._spools.items()
        ]
        if not any(one["document"] or one["name"] == PAPER.name for one in told):
            told.append({**_size(PAPER), "state": "up", "error": "", "document": True, "jobs": []})
        return told

    def designs(self) -> list[dict[str, Any]]:
        """Return how each kind of label looks."""
        return drawing.told(Shop.of(self._config).designs)

    async def preview(
        self, order: Order, media: Media, form: Form = "auto", drafts: Sequence[LabelDesign] = ()
    ) -> bytes:
        """Return the labels of an order as they will look. Raises NoRoom, NotRecorded, apart.Failed."""
        async with self._drawing:
            shop = (await self._journal.read(self._shop)).redesigned(drafts)
            return await drawing.preview(order, shop, media, form)

    async def print(
        self, order: Order, name: str, by: str, form: Form = "auto", first: int = 0, skip: int = 0
    ) -> Printed:
        """Keep that an order is printed, and hand it to the printer; `first` places of the first sheet are used, and
        the first `skip` labels are not printed.

        Raises KeyError without such a printer, NoRoom, NotRecorded, Full, StorageFailed, apart.Failed.
        """
        printer = self.printer(name)
        if spool := self._spools.get(name):
            spool.check()
        media = drawing.media_of(printer)
        shop = await self._journal.read(self._shop)
        trial = [again(card, 1) for card in drawing.cards_of(order, shop)][skip:]
        if not trial:
            raise NotRecorded("그 뒤에는 라벨이 없어요.", "There is no label behind that.")
        drawing.check_size(len(trial), printer)
        cards: list[Card] = []

        def entries(tx: Transaction) -> Sequence[Entry]:
            cards[:], found = self._entries(tx, order, name, shop, skip)
            return found

        async with self._drawing:
            await drawing.drawn(render.question(trial, media, "check", form))
            row = await self._desk.record(SOURCE, by, entries, order=_without_names(order))
            sheet = printer.model_dump(include={"margin_x_mm", "margin_y_mm"})
            data = await drawing.drawn(render.question(cards, media, printer.language, form, sheet, first))
        kept = next(entry for entry in row.body["entries"] if entry["do"] == "print")
        told = row.id(self._gateway), kept["copy"], len(cards), kept["serials"]
        if is_document(printer):
            return Printed(*told, data)
        if (spool_now := self._spools.get(name)) is None:  # the configuration was changed meanwhile
            raise Full(f"{name}: 그 사이에 설정에서 빠졌어요. / it left the configuration meanwhile")
        spool_now.add(Job(told[0], order.what, len(cards), data))
        return Printed(*told)

    async def order_of(self, print_id: str) -> Order:
        """Return what was ordered by an earlier print. Raises KeyError without it, ValueError for no id."""
        place = position_of(print_id)
        rows = await self._journal.events(place._replace(n=place.n - 1), 1, frozen_only=False)
        if not rows or rows[0].position != place or "order" not in rows[0].body:
            raise KeyError(print_id)
        kept = json.loads(rows[0].body["order"])
        order: Order = orders.ORDER.validate_python(kept)
        issued = next(entry for entry in rows[0].body["entries"] if entry["do"] == "print").get("issued") or []
        return orders.with_serials(order, issued)

    async def newest(self, limit: int) -> list[dict[str, Any]]:
        """Return the newest prints, newest first; ts in milliseconds UTC. Raises StorageFailed."""
        found = await self._journal.read(lambda db: prints.newest(db, limit))
        return [
            {
                "id": f"{self._gateway}:e:{one.start}-{one.token}:{one.n}",
                "ts": one.time_ns // 1_000_000,
                **{name: getattr(one, name) for name in ("what", "printer", "copy", "labels", "serials")},
            }
            for one in found
        ]

    def _shop(self, db: apsw.Connection) -> Shop:
        return Shop.of(self._config).with_ledger(db, self._today())

    def _entries(
        self, tx: Transaction, order: Order, printer: str, shop: Shop, skip: int
    ) -> tuple[list[Card], list[Entry]]:
        """Issue serials, count the tickets; return the cards, those that were printed before marked as reprints."""
        issued = prints.issue(tx.db, tx.epoch, orders.needed(order))
        whole = orders.with_serials(order, issued)
        cards = orders.made(whole, shop)[skip:]
        codes = [encode(card.ticket) for card in cards] if whole.what in UNIQUE else []
        before = prints.times(tx.db, codes)
        marked = [again(card, before.get(encode(card.ticket), 0)) for card in cards]
        entry: Entry = {
            "do": "print",
            "what": whole.what,
            "printer": printer,
            "copy": max(before.values(), default=0),
            "labels": len(cards),
            "serials": list(whole.serials) if isinstance(whole, BundleOrder) else issued,
            "codes": codes,
            "issued": issued,
        }
        return marked, [*_bundles(whole, issued), entry]


def _bundles(order: Order, issued: Sequence[str]) -> list[Entry]:
    """Return the entries that make new bundles known to the ledger."""
    if not isinstance(order, BundleOrder):
        return []
    about = {name: value for name in ("order", "style", "size", "colour") if (value := getattr(order, name))}
    return [{"do": "bundle", "bundle": serial, "quantity": order.quantity, **about} for serial in issued]


def _without_names(order: Order) -> str:
    """Return the order as the journal may keep it: a worker is a number there."""
    return order.model_dump_json(exclude_none=True, exclude={"name"} if isinstance(order, BadgeOrder) else None)


def _size(printer: Printer) -> dict[str, Any]:
    return printer.model_dump(include={"name", "language", "width_mm", "height_mm", "dpi"})


def is_document(printer: Printer) -> bool:
    """Return whether somebody else prints it: a PDF with no place to go to."""
    return printer.language == "pdf" and not (printer.host or printer.usb or printer.cups)
