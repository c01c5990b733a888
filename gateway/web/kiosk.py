"""The API of a station's kiosk: what stands there now, its keys and its camera, and which tablet may use them."""

from functools import partial
from typing import Any, Final

import apsw
import orjson
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from barcodes.ticket import Badge, Coupon, encode, of_body
from gateway.errors import StorageFailed
from gateway.web.accounts import RANK
from gateway.web.route import KIOSK_COOKIE, Ask, Routes, Stop
from gateway.work.press import KEYS, Press
from gateway.work.standing import standing

routes = Routes("work")
AT_STATION: Final = {
    "ko": "명찰과 공정표는 스캐너로, 또는 이 자리에 세운 태블릿의 카메라로 찍어 주세요.",
    "en": "Scan badges and coupons with a scanner, or the camera of a tablet that was set at this station.",
}
COOKIE_S: Final = 400 * 86_400  # the longest that browsers keep one; it begins anew whenever the kiosk looks
ID: Final = Field(
    pattern=r"^[0-9a-z]{16,40}$",
    description="Made for this press, at random: sent again with it, because no answer came, it counts once.",
)


AGE: Final = Field(
    0, ge=0, le=86_400 * 31, description="How long ago this browser read it, seconds: up to ten minutes it counts then."
)


class KeyForm(BaseModel):
    """A key: the ticket whose scan it stands for, and the id of this press."""

    model_config = ConfigDict(extra="forbid")

    ticket: str = Field(max_length=64, description="Without its check character: C-UNDO, D-STAIN, N-20, O-2611A-CUT.")
    id: str = ID
    age_s: float = AGE


class ScanForm(BaseModel):
    """What a browser's camera read, and the id of this reading."""

    model_config = ConfigDict(extra="forbid")

    code: str = Field(min_length=1, max_length=512, description="As read, behind its AIM identifier if it has one.")
    id: str = ID
    age_s: float = AGE


class KioskForm(BaseModel):
    """Whether tablets stand at this station."""

    model_config = ConfigDict(extra="forbid")

    on: bool = Field(description="true: this browser is a kiosk of the station from now on. false: none is any more.")


@routes.get("/stations/{station}", "viewer")
async def station(ask: Ask) -> Response:
    """What stands at a station: who is here, what the next scan answers, its job, and what keys may offer."""
    name, live, desk = _station(ask), ask.to.daemon.live, ask.to.daemon.desk
    try:
        found = await desk.read(partial(_standing, desk, name))
    except StorageFailed as error:
        raise Stop(503, str(error)) from error
    for worker in found["workers"]:
        worker["worker_name"] = live.worker_name(worker["worker"])
    tablets = ask.to.kiosks.at(name) if RANK[ask.who.role] >= RANK["owner"] else None
    answer = _json(found | {"keys": _may_press(ask, name), "kiosks": tablets})
    if ask.kiosk and ask.to.kiosks.station_of(ask.kiosk):
        _give(answer, ask.kiosk, ask.secure)
    return answer


@routes.post("/stations/{station}/keys", "viewer", form=KeyForm, audited=False)
async def press(ask: Ask) -> dict[str, Any]:
    """Press a key: kept and answered as the scan of its ticket at this station. For operators, and the station's kiosk;
    badges and coupons are no keys. 503: not kept, not counted."""
    name, ticket = _of_ours(ask), of_body(ask.form.ticket)
    if not isinstance(ticket, KEYS):
        raise Stop(422, f"{ask.form.ticket} is no ticket that a key may stand for.")
    return await _taken(ask, name, encode(ticket).encode())


@routes.post("/stations/{station}/scans", "viewer", form=ScanForm, audited=False)
async def scan(ask: Ask) -> dict[str, Any]:
    """Give what this browser's camera read: kept and answered as a scan at this station. For operators, and the
    station's kiosk; badges and coupons for the kiosk alone. 503: not kept, not counted."""
    name, raw = _of_ours(ask), ask.form.code.encode()
    ticket = ask.to.daemon.desk.ledger.ticket(raw)
    if isinstance(ticket, Badge | Coupon) and ask.to.kiosks.station_of(ask.kiosk) != name:
        raise Stop(403, AT_STATION)
    return await _taken(ask, name, raw, camera=True)


@routes.post("/stations/{station}/kiosk", "owner", form=KioskForm)
async def kiosk(ask: Ask) -> Response:
    """Make this browser a kiosk of the station, which ends the owner's session in it; or forget all its kiosks."""
    name, answer = _station(ask), _json({"ok": True})
    try:
        if not ask.form.on:
            ask.to.kiosks.dismiss(name)
            return answer
        _give(answer, ask.to.kiosks.admit(name), ask.secure)
    except OSError as error:
        raise Stop(503, str(error)) from error
    ask.to.accounts.logout(ask.who)
    ask.ended = True
    return answer


def _station(ask: Ask) -> str:
    """Return the station of the path; 404 for one that is not configured."""
    name = ask.path["station"]
    if name not in {one.name for one in ask.to.daemon.live.config.stations}:
        raise Stop(404, f"There is no station {name}.")
    return name


def _of_ours(ask: Ask) -> str:
    """Return the station of the path, for who may press its keys."""
    name = _station(ask)
    if not _may_press(ask, name):
        raise Stop(403, "This needs the role operator, or a browser that an owner has made this station's kiosk.")
    return name


async def _taken(ask: Ask, station: str, raw: bytes, camera: bool = False) -> dict[str, Any]:
    late_ns = int(ask.form.age_s * 1e9)
    try:
        kept = await ask.to.daemon.press(Press(station, raw, ask.form.id, ask.who.user or "kiosk", camera, late_ns))
    except StorageFailed as error:
        raise Stop(503, str(error)) from error
    body = kept.body
    return {
        "event": kept.event,
        "answer": body.get("first_answer", body["answer"]),
        "answer_text": body["answer_text"],
        "tone": body["tone"],
    }


def _may_press(ask: Ask, station: str) -> bool:
    """A tablet has the keys of its own station, whoever's badge is on there; an operator who logged in those of all."""
    if ask.to.kiosks.station_of(ask.kiosk) == station:
        return True
    return RANK[ask.who.role] >= RANK["operator"] and not ask.who.station


def _standing(desk: Any, station: str, db: apsw.Connection, _: str) -> dict[str, Any]:
    return standing(desk.at(db, station))


def _json(body: dict[str, Any]) -> Response:
    return Response(orjson.dumps(body), media_type="application/json")


def _give(answer: Response, secret: str, secure: bool) -> None:
    answer.set_cookie(KIOSK_COOKIE, secret, max_age=COOKIE_S, httponly=True, samesite="strict", path="/", secure=secure)
