"""HTTPS by one switch: a real daemon makes its certificates, and who trusts its authority needs nothing else."""

import asyncio
import json
import re
import ssl
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import workload
from rig import ROOT, Daemon, daemon, free_port, until
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp

from gateway.commands.main import main
from gateway.config.load import load
from gateway.config.switch import switched
from gateway.web import certificates
from gateway.web.names import Names
from gateway.web.server import Guard


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Daemon, int]]:
    """A daemon on the network whose owner has said `gongbang https on`; and its port of HTTPS."""
    folder, port, sealed = tmp_path_factory.mktemp("https"), free_port(), free_port()
    board = {"host": "0.0.0.0", "port": port, "https_port": sealed, "names": ["shop.example"]}
    config = workload.write(folder / "edge_config.yaml", [], 9, port, dashboard=board, publish=[])
    assert main(["https", "on", "-c", str(config)]) == 0
    with daemon(config, port) as running:
        until(running.ready, "HTTP goes on for this machine itself")
        until(lambda: "https://" in running.log(), "HTTPS is there")
        yield running, sealed


def trusting(shop: tuple[Daemon, int]) -> ssl.SSLContext:
    """What a tablet does that took /ca.crt."""
    pem = httpx.get(f"http://127.0.0.1:{shop[0].port}/ca.crt", verify=False)
    assert pem.headers["content-type"] == "application/x-x509-ca-cert"
    return ssl.create_default_context(cadata=pem.text)


def test_who_trusts_the_authority_is_let_in_and_gets_secure_cookies(shop: tuple[Daemon, int]) -> None:
    running, port = shop
    context = trusting(shop)
    base = f"https://localhost:{port}"
    with httpx.Client(base_url=base, headers={"Origin": base}, verify=context, timeout=60) as page:
        seen = page.get("/api/v1/session")
        assert "secure" in seen.headers["set-cookie"].lower()
        page.headers["X-CSRF"] = seen.json()["csrf"]
        code = re.search(r"set-up code: (\S+)", running.log())
        assert code
        done = page.post("/api/v1/setup", json={"code": code[1], "password": "long enough"})
        assert done.status_code == 200
        page.headers["X-CSRF"] = done.json()["csrf"]
        told = page.get("/api/v1/https").json()
        assert (told["on"], told["port"], told["restart"]) == (True, port, False)
        assert told["fingerprint"] in page.get("/https").text
        assert page.post("/api/v1/https", json={"on": False}).json() == {"restart": True}
        assert load(running.config).dashboard.https is False
        assert page.get("/api/v1/https").json() == told | {"restart": True}, "told to whoever comes later too"
        assert page.post("/api/v1/https", json={"on": True}).json() == {"restart": False}
        assert httpx.get(f"https://127.0.0.1:{port}/api/v1/health", verify=context).json()["ok"] is True
    with pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
        httpx.get(base)


def test_the_authority_may_vouch_for_this_machine_and_no_bank(shop: tuple[Daemon, int], tmp_path: Path) -> None:
    folder = shop[0].config.parent / certificates.FOLDER
    assert (folder / certificates.CA_KEY).stat().st_mode & 0o077 == 0

    def verified(name: str) -> bool:
        """Whether a certificate that its key signs for a name is believed."""
        key, request, made = tmp_path / "key", tmp_path / "request", tmp_path / "made"
        new = ["openssl", "req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
        subprocess.run([*new, "-keyout", key, "-subj", f"/CN={name}", "-out", request], check=True, capture_output=True)
        (tmp_path / "names").write_text(f"subjectAltName=DNS:{name}")
        signed = [
            "openssl",
            "x509",
            "-req",
            "-in",
            request,
            "-CA",
            folder / certificates.CA,
            "-extfile",
            tmp_path / "names",
        ]
        signed += ["-CAkey", folder / certificates.CA_KEY, "-out", made]
        subprocess.run(signed, check=True, capture_output=True)
        found = subprocess.run(["openssl", "verify", "-CAfile", folder / certificates.CA, made], capture_output=True)
        return found.returncode == 0

    assert verified("gongbang.local")
    assert verified("shop.example")
    assert not verified("bank.example")


def test_the_certificate_is_made_anew_for_other_names_and_the_authority_stays_while_it_may(tmp_path: Path) -> None:
    def made(*added: str) -> tuple[bool, str]:
        done = asyncio.run(certificates.renewed(tmp_path, added))
        return done, certificates.fingerprint(tmp_path)

    _, first = made()
    assert made() == (False, first)
    assert made("gongbang-2.local", "192.168.7.7") == (True, first), "tablets need not be told again"
    done, other = made("shop.example")
    assert done
    assert other != first, "the first one may not vouch for this name"
    assert made("shop.example") == (False, other)


def asked(method: str, path: str, client: str, scheme: str = "http") -> httpx.Response:
    app: ASGIApp = PlainTextResponse("in")
    guard = Guard(app, Names([], on_loopback=False), 8443)
    transport = httpx.ASGITransport(guard, client=(client, 1))

    async def ask() -> httpx.Response:
        async with httpx.AsyncClient(transport=transport) as page:
            return await page.request(method, f"{scheme}://localhost:8080{path}")

    return asyncio.run(ask())


def test_other_devices_are_sent_to_https_and_no_change_is_taken_in_clear() -> None:
    sent = asked("GET", "/api/v1/points?x=%EA%B0%80", "192.168.0.20")
    assert (sent.status_code, sent.headers["location"]) == (307, "https://localhost:8443/api/v1/points?x=%EA%B0%80")
    assert asked("GET", "//evil.example", "192.168.0.20").headers["location"].startswith("https://localhost:8443/")
    assert asked("POST", "/api/v1/login", "192.168.0.20").status_code == 403
    assert [asked("GET", path, "192.168.0.20").text for path in ("/ca.crt", "/https")] == ["in", "in"]
    assert asked("POST", "/api/v1/login", "192.168.0.20", "https").text == "in"
    assert asked("POST", "/api/v1/login", "127.0.0.1").text == "in", "this machine itself"


@pytest.mark.parametrize(
    ("before", "on"),
    [
        ("a: 1\n", "a: 1\n\ndashboard:\n  https: true\n"),
        ("dashboard: {port: 80}  # ours\nb: 2\n", "dashboard: {https: true, port: 80}  # ours\nb: 2\n"),
        ("dashboard: {https: false, port: 80}\n", "dashboard: {https: true, port: 80}\n"),
        (
            "dashboard:\n    # ours\n    port: 80\nb: 2\n",
            "dashboard:\n    # ours\n    https: true\n    port: 80\nb: 2\n",
        ),
        ("dashboard:\n  https: false  # ours\n  port: 80\n", "dashboard:\n  https: true  # ours\n  port: 80\n"),
    ],
)
def test_the_switch_touches_nothing_else_of_the_file(before: str, on: str) -> None:
    assert switched(before, "dashboard", "https", True) == on
    off = switched(on, "dashboard", "https", False)
    assert "https: false" in off
    assert switched(off, "dashboard", "https", True) == on


def test_the_demo_shops_file_takes_the_switch() -> None:
    text = (ROOT / "edge_config.yaml").read_text("utf-8")
    lines = set(switched(text, "dashboard", "https", True).splitlines()) - set(text.splitlines())
    assert len(lines) == 1
    assert json.dumps("https") not in text
