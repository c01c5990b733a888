"""The API of a search for devices: begin it, look how it goes, write what it proposes."""

from typing import Any

from gateway.config.edit_history import revision_of
from gateway.editor import Changed, Wrong
from gateway.errors import ConfigurationError
from gateway.finding.form import SearchForm
from gateway.finding.writing import merged
from gateway.web.route import Ask, Routes, Stop

routes = Routes("configuration")


@routes.post("/discover", "installer", form=SearchForm)
async def begin(ask: Ask) -> dict[str, Any]:
    """Begin to look for devices; 409 while a search is running, 422 for a network that is none."""
    try:
        ask.to.daemon.explorer.begin(ask.form, ask.to.daemon.live.config)
    except RuntimeError as error:
        raise Stop(409, str(error)) from error
    except ValueError as error:
        raise Stop(422, [str(error)]) from error
    return {"ok": True}


@routes.get("/discover", "installer")
async def state(ask: Ask) -> dict[str, Any]:
    """What the search told and found so far, and the lines that it proposes under `drivers:`."""
    return ask.to.daemon.explorer.state()


@routes.get("/discover/values", "installer")
async def values(ask: Ask) -> dict[str, Any]:
    """What the proposed devices read now: values, the last scans, and why a wire is silent; 409 when none is proposed.

    Nothing is kept or counted, and the wires are let go some seconds after the last time that somebody asked.
    """
    try:
        return await ask.to.daemon.explorer.look(ask.to.daemon.live.ts)
    except ValueError as error:
        raise Stop(409, str(error)) from error


@routes.post("/discover/write", "installer")
async def write(ask: Ask) -> dict[str, Any]:
    """Write the proposal into the configuration and take it up; 409 when nothing is proposed."""
    explorer, editor = ask.to.daemon.explorer, ask.to.daemon.editor
    try:
        drivers = explorer.taken()
        await explorer.hush()
        text = await editor.text()
        await editor.apply(revision_of(text), lambda old: merged(old, drivers), ask.who.user or ask.who.role)
    except (ValueError, Changed) as error:
        raise Stop(409, str(error)) from error
    except Wrong as wrong:
        raise Stop(422, [one.en for one in wrong.problems]) from wrong
    except ConfigurationError as error:
        raise Stop(422, error.problems) from error
    except OSError as error:
        raise Stop(503, f"{error}. `sudo gongbang discover` writes it.") from error
    explorer.drivers = ""
    return {"ok": True}
