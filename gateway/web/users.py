"""The API of accounts: users with roles and passwords, and PINs of badges."""

from typing import Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from gateway.web import hashing
from gateway.web.accounts import LEAST_PASSWORD, RANK, Role, Session
from gateway.web.route import Ask, Routes, Stop

routes = Routes("door")
USER = r"^[^\s\x00-\x1f/]{1,64}$"
PIN = r"^[0-9]{4,12}$"
STAYS: Final = {"ko": "사장님 한 사람은 남아 있어야 해요.", "en": "Somebody must stay owner."}
NO_BADGE: Final = {
    "ko": "숫자만으로 된 이름은 명찰 번호로 보여요. 글자를 더해 주세요.",
    "en": "Digits alone are a badge's.",
}


class UserForm(BaseModel):
    """Somebody new."""

    model_config = ConfigDict(extra="forbid")

    user: str = Field(pattern=USER, description="The name to log in with, without blanks.")
    role: Literal["viewer", "operator", "owner", "installer"]
    password: str = Field(min_length=LEAST_PASSWORD, max_length=200)


class ChangeForm(BaseModel):
    """What is to be another of somebody; what is left out stays."""

    model_config = ConfigDict(extra="forbid")

    role: Literal["viewer", "operator", "owner", "installer"] | None = None
    password: str | None = Field(None, min_length=LEAST_PASSWORD, max_length=200)


class PasswordForm(BaseModel):
    """One's own password: as it was, and as it is to be."""

    model_config = ConfigDict(extra="forbid")

    old: str = Field(max_length=200)
    new: str = Field(min_length=LEAST_PASSWORD, max_length=200)


class PinForm(BaseModel):
    """The PIN of a badge; null takes it away."""

    model_config = ConfigDict(extra="forbid")

    badge: int = Field(ge=0, le=999_999)
    pin: str | None = Field(pattern=PIN, description="Digits, at least four.")


class BadgeForm(BaseModel):
    """A badge and its PIN."""

    model_config = ConfigDict(extra="forbid")

    badge: int = Field(ge=0, le=999_999)
    pin: str = Field(pattern=PIN)


@routes.get("/users", "owner")
async def everybody(ask: Ask) -> dict[str, Any]:
    """Who may log in with which role, and which badges have a PIN."""
    accounts = ask.to.accounts
    return {
        "users": [{"user": user, "role": role} for user, role in accounts.users().items()],
        "pins": sorted(map(int, accounts.keys.pins)),
    }


@routes.post("/users", "owner", form=UserForm)
async def add(ask: Ask) -> dict[str, Any]:
    """Add somebody; 409 when the name is taken, 422 for digits alone: those are badges."""
    _within(ask, ask.form.role)
    if ask.form.user.isdecimal():
        raise Stop(422, NO_BADGE)
    if not ask.to.accounts.set_up and RANK[ask.form.role] < RANK["owner"]:
        raise Stop(409, {"ko": "처음 더하는 사람은 사장님이어야 해요.", "en": "The first one must be an owner."})
    if not await ask.to.accounts.add(ask.form.user, ask.form.role, ask.form.password):
        raise Stop(
            409, {"ko": f"{ask.form.user}, 이 이름은 이미 있어요.", "en": f"There is a user {ask.form.user} already."}
        )
    return {"ok": True}


@routes.post("/users/{user}", "owner", form=ChangeForm)
async def change(ask: Ask) -> dict[str, Any]:
    """Give somebody another role or password: their other sessions end. 409 where nobody would be owner."""
    role = _known(ask)
    for wanted in (role, ask.form.role or role):
        _within(ask, wanted)
    if not await ask.to.accounts.change(ask.path["user"], ask.form.role, ask.form.password, ask.who):
        raise Stop(409, STAYS)
    return {"ok": True}


@routes.post("/users/{user}/remove", "owner")
async def remove(ask: Ask) -> dict[str, Any]:
    """Take somebody away, with sessions and tokens; 409 for the last owner."""
    _within(ask, _known(ask))
    if not ask.to.accounts.remove(ask.path["user"]):
        raise Stop(409, STAYS)
    return {"ok": True}


@routes.post("/password", "viewer", form=PasswordForm)
async def password(ask: Ask) -> dict[str, Any]:
    """Change one's own password: one's other sessions end."""
    accounts, user = ask.to.accounts, ask.who.user
    if not await accounts.fits(user, ask.form.old, ask.source):
        raise Stop(403, "The password is wrong.")
    await accounts.change(user, None, ask.form.new, ask.who)
    return {"ok": True}


@routes.post("/pins", "owner", form=PinForm)
async def pin(ask: Ask) -> dict[str, Any]:
    """Give a badge a PIN, with which its worker is an operator on any screen; or take it away."""
    hashed = await hashing.hashed(ask.form.pin) if ask.form.pin else None
    ask.to.accounts.keys.give_pin(str(ask.form.badge), hashed)
    return {"ok": True}


@routes.post("/login/badge", "nobody", form=BadgeForm)
async def login_by_badge(ask: Ask) -> dict[str, Any]:
    """Become an operator by a badge's number and its PIN; it ends after `dashboard.operator_idle_min` without use."""
    ask.claimed = str(ask.form.badge)
    ask.begun = await ask.to.accounts.login_by_pin(ask.claimed, ask.form.pin, ask.source)
    return begun(ask.begun, "The PIN is wrong.")


def begun(session: Session | None, refusal: str) -> dict[str, Any]:
    """Return what a login answers."""
    if session is None:
        raise Stop(403, refusal)
    return {"role": session.role, "csrf": session.csrf}


def _known(ask: Ask) -> Role:
    role = ask.to.accounts.users().get(ask.path["user"])
    if role is None:
        raise Stop(404, f"There is no user {ask.path['user']}.")
    return role


def _within(ask: Ask, role: Role) -> None:
    """Nobody gives or takes more than they have."""
    if RANK[role] > RANK[ask.who.role]:
        raise Stop(403, f"This needs the role {role}.")
