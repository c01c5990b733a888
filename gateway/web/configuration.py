"""The API of the configuration: what it is, forms for its parts, a change as it would be, made, undone, and kept."""

from collections.abc import Awaitable, Iterator
from contextlib import contextmanager
from typing import Any, ClassVar, Literal

from pydantic import Field, model_validator

from drivers.base import Options
from gateway.config.edit import Change, NotEdited
from gateway.config.edit_forms import form, sections
from gateway.config.edit_history import different, revision_of
from gateway.config.load import FILE_MAX_BYTES
from gateway.config.report import Told
from gateway.editor import Changed, Make, Wrong, with_changes, with_text
from gateway.errors import ConfigurationError
from gateway.trades.templates import chosen
from gateway.web.choices import choices
from gateway.web.route import Ask, Routes, Stop

routes = Routes("configuration")
REVISION = Field(pattern=r"^[0-9a-f]{16}$", description="Of the file that the change was made from.")


class SchemaQuery(Options):
    """Whose form."""

    section: str = Field(max_length=40)
    type: str | None = Field(None, max_length=40, description="In drivers, publish, actions and watch.")


class ShopForm(Options):
    """A shop's beginning: what `gongbang init --trade` writes, with its own name."""

    trade: Literal["sewing", "metal", "jewellery", "shoes", "printing", "other"]
    name: str = Field(min_length=1, max_length=100)
    language: Literal["ko", "en"] = "ko"


class EditForm(Options):
    """A change: of parts, or of the whole text, or to a trade's own configuration."""

    MOST_BYTES: ClassVar[int] = FILE_MAX_BYTES  # of the request's body

    revision: str = REVISION
    changes: tuple[Change, ...] = Field((), max_length=20)
    text: str | None = Field(None, max_length=FILE_MAX_BYTES)
    shop: ShopForm | None = None

    @model_validator(mode="after")
    def _one_way(self) -> "EditForm":
        if sum((bool(self.changes), self.text is not None, self.shop is not None)) != 1:
            raise ValueError("Give changes, or text, or shop.")
        return self

    def make(self) -> Make:
        """Return what makes the new text."""
        if self.text is not None:
            return with_text(self.text)
        if (shop := self.shop) is not None:
            return lambda old: chosen(old, shop.trade, shop.name, shop.language)
        return with_changes(self.changes)


class UndoForm(Options):
    """Which configuration is to go."""

    revision: str = REVISION


@routes.get("/config", "installer")
async def config(ask: Ask) -> dict[str, Any]:
    """The configuration: its text and revision, its data, its problems, its sections, and what may be chosen."""
    editor = ask.to.daemon.editor
    with _told():
        text = await editor.text()
    judged = await editor.judged(text)
    live = ask.to.daemon.live
    return {
        "revision": revision_of(text),
        "text": text.encode("utf-8", "replace").decode(),
        "data": judged.data,
        "problems": [_problem(one) for one in judged.problems],
        "sections": sections(),
        "choices": await choices(live),
    }


@routes.get("/config/schema", "installer", query=SchemaQuery)
async def config_schema(ask: Ask) -> dict[str, Any]:
    """The JSON schema of a section's entries, told in both languages; 404 without such a section or type."""
    try:
        return form(ask.query.section, ask.query.type)
    except KeyError as error:
        raise Stop(404, f"There is no {error.args[0]}.") from error


@routes.post("/config/check", "installer", form=EditForm, audited=False)
async def config_check(ask: Ask) -> dict[str, Any]:
    """A change as it would be: the text, what differs, every problem with its place. Nothing is written."""
    with _told():
        draft = await ask.to.daemon.editor.draft(ask.form.revision, ask.form.make())
    return {
        "text": draft.text,
        "difference": draft.difference,
        "problems": [_problem(p) for p in draft.judged.problems],
    }


@routes.post("/config/apply", "installer", form=EditForm)
async def config_apply(ask: Ask) -> dict[str, Any]:
    """Make a change and take it up; 409 with the differences when the file is another by now, 422 for a wrong one."""
    editor = ask.to.daemon.editor
    await ask.to.daemon.explorer.hush()  # what was found is the daemon's to read from now on
    return await _done(ask, editor.apply(ask.form.revision, ask.form.make(), ask.who.user or ask.who.role))


@routes.post("/config/undo", "installer", form=UndoForm)
async def config_undo(ask: Ask) -> dict[str, Any]:
    """Put the former configuration back; 404 when none is kept, 409 as `apply`."""
    try:
        return await _done(ask, ask.to.daemon.editor.undo(ask.form.revision, ask.who.user or ask.who.role))
    except LookupError as error:
        raise Stop(404, str(error)) from error


@routes.get("/config/history", "installer")
async def config_history(ask: Ask) -> dict[str, Any]:
    """The configurations that stood, newest first: when, by whom, what changed."""
    return {"history": [kept.entry() for kept in reversed(ask.to.daemon.editor.kept.all())]}


@routes.get("/config/history/{number}", "installer")
async def config_kept(ask: Ask) -> dict[str, Any]:
    """One of them: its text, and what differs from the one before it; 404 where it is not kept."""
    kept = ask.to.daemon.editor.kept
    number = ask.path["number"]
    one = kept.one(int(number)) if number.isascii() and number.isdigit() and len(number) < 9 else None
    if one is None:
        raise Stop(404, "It is not kept.")
    before = kept.one(one.number - 1)
    return one.entry() | {"text": one.text, "difference": different(before.text if before else "", one.text)}


async def _done(ask: Ask, changing: Awaitable[str]) -> dict[str, Any]:
    with _told():
        revision = await changing
    return {"revision": revision, "restart": ask.to.daemon.needs_restart()}


@contextmanager
def _told() -> Iterator[None]:
    """Turn what stands in the way into an answer."""
    try:
        yield
    except Changed as other:
        detail = {"revision": other.revision, "difference": other.difference, "by": other.by, "ts": other.ts}
        raise Stop(409, detail) from other
    except NotEdited as why:
        raise Stop(422, {"problems": [{"path": [], "line": 1, "ko": why.ko, "en": why.en}]}) from why
    except Wrong as wrong:
        raise Stop(422, {"problems": [_problem(one) for one in wrong.problems]}) from wrong
    except ConfigurationError as refused:
        problems = [{"path": [], "line": 1, "ko": one, "en": one} for one in refused.problems]
        raise Stop(422, {"problems": problems}) from refused
    except OSError as error:
        raise Stop(503, f"{error.filename or ''}: {error.strerror or error}") from error


def _problem(one: Told) -> dict[str, Any]:
    return {"path": list(one.path), "line": one.line, "ko": one.ko, "en": one.en}
