"""The gateway's id when none is configured: a slug, the same at every start, another on another machine."""

import socket
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter

from gateway import identity
from gateway.config.parts import Slug

SLUG = TypeAdapter(Slug)


def machine(monkeypatch: pytest.MonkeyPatch, folder: Path, host: str, machine_id: str | None) -> str:
    """Return the id that a machine gets."""
    file = folder / "machine-id"
    file.unlink(missing_ok=True)
    if machine_id is not None:
        file.write_text(machine_id)
    monkeypatch.setattr(identity, "MACHINE_ID", file)
    monkeypatch.setattr(socket, "gethostname", lambda: host)
    return identity.gateway_id(None)


def test_the_configured_id_is_taken() -> None:
    assert identity.gateway_id("gw_1") == "gw_1"


def test_the_id_is_the_same_at_every_start(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    once = machine(monkeypatch, tmp_path, "raspberrypi", "d6f1\n")
    assert once == machine(monkeypatch, tmp_path, "raspberrypi", "d6f1")
    assert once.startswith("raspberrypi-")


def test_two_machines_of_one_name_differ(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    ids = {machine(monkeypatch, tmp_path, "raspberrypi", machine_id) for machine_id in ("a", "b", None)}
    assert len(ids) == 3


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(host=st.text(max_size=80))
def test_whatever_the_host_is_called_the_id_is_a_slug(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, host: str
) -> None:
    found = machine(monkeypatch, tmp_path, host, "d6f1")
    assert SLUG.validate_python(found) == found
