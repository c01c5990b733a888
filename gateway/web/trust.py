"""HTTPS: its switch, the certificate of this machine's authority to download, and how each kind of device trusts it."""

from collections.abc import Iterable
from html import escape
from typing import Any, Final

from pydantic import BaseModel, ConfigDict
from starlette.responses import HTMLResponse, Response

from gateway.errors import ConfigurationError
from gateway.web import certificates
from gateway.web.route import Ask, Routes, Stop

routes, pages = Routes("door"), Routes("read")
IN_CLEAR: Final = frozenset({"/https", "/https.css", "/ca.crt"})
STYLE: Final = (
    "body{font:18px/1.6 sans-serif;margin:2rem auto;max-width:44rem;padding:0 1rem;word-break:keep-all}"
    "code{overflow-wrap:anywhere}a.get{display:inline-block;padding:14px 24px;background:#0f5bd7;color:#fff;"
    "border-radius:14px;text-decoration:none}"
)
# The device, and what to do there; in both languages.
STEPS: Final = (
    (
        "Android",
        "설정 → 보안 및 개인정보 보호 → 기타 보안 설정 → 기기 저장공간에서 설치 → CA 인증서를 고르고, "
        "받은 gongbang-ca.crt를 골라요.",
        "Settings → Security and privacy → More security settings → Install from device storage → CA certificate, "
        "then the file gongbang-ca.crt.",
    ),
    (
        "iPad, iPhone",
        "Safari로 받아 「허용」을 누르고, 설정 → 일반 → VPN 및 기기 관리에서 설치해요. "
        "그다음 설정 → 일반 → 정보 → 인증서 신뢰 설정에서 켜요.",
        "Get it in Safari and tap Allow; install it in Settings → General → VPN & Device Management. "
        "Then switch it on in Settings → General → About → Certificate Trust Settings.",
    ),
    (
        "Windows",
        "받은 파일을 열고 「인증서 설치」 → 현재 사용자 → 모든 인증서를 다음 저장소에 저장 → "
        "「신뢰할 수 있는 루트 인증 기관」을 골라요. Chrome과 Edge가 그대로 써요.",
        "Open the file, Install Certificate → Current User → Place all certificates in the following store → "
        "Trusted Root Certification Authorities. Chrome and Edge use that.",
    ),
)
INSTALL: Final = (
    ("Android", "Chrome의 메뉴(⋮) → 홈 화면에 추가 → 설치.", "Chrome's menu (⋮) → Add to Home screen → Install."),
    ("iPad, iPhone", "Safari의 공유 → 홈 화면에 추가.", "Safari's Share → Add to Home Screen."),
    (
        "Windows",
        "Chrome은 주소창 오른쪽의 설치 아이콘, Edge는 메뉴(…) → 앱 → 이 사이트를 앱으로 설치.",
        "Chrome: the install icon at the right of the address; Edge: menu (…) → Apps → Install this site as an app.",
    ),
)
PAGE: Final = """<!doctype html><html lang=ko><meta charset=utf-8><meta name=viewport content="width=device-width">
<title>HTTPS</title><link rel=stylesheet href=/https.css>
<h1>이 기기를 믿게 하기 <span lang=en>Trust this gateway</span></h1>
<p><a class=get href=/ca.crt>인증서 받기 · <span lang=en>Get the certificate</span></a></p>
<h2>인증서 설치 <span lang=en>Install the certificate</span></h2>
{steps}
<h2>확인 <span lang=en>Check</span></h2>
<p>설치할 때 기기가 보여 주는 지문(SHA-256)이 아래와 같아야 해요.
게이트웨이에서 gongbang https를 실행해도 같은 지문이 나와요.</p>
<p lang=en>The fingerprint that the device shows must be this one;
<code>gongbang https</code> shows it on the gateway.</p>
<p><code>{fingerprint}</code></p>
<h2>앱으로 설치 <span lang=en>Install as an app</span></h2>
<p>인증서를 믿게 한 다음에 할 수 있어요. <span lang=en>Once the certificate is trusted.</span></p>
<p><a class=get href=/>화면 열기 · <span lang=en>Open the screens</span></a></p>
{install}</html>
"""


class SwitchForm(BaseModel):
    """Whether HTTPS is to be on."""

    model_config = ConfigDict(extra="forbid")

    on: bool


@routes.get("/https", "owner")
async def seen(ask: Ask) -> dict[str, Any]:
    """Whether HTTPS is on, its port, and the fingerprint (SHA-256) that devices show of this machine's authority.

    `restart`: the configuration says otherwise, which the next start of the gateway takes up.
    """
    https, restart = ask.to.https, await _waits(ask)
    if https is None:
        return {"on": False, "port": None, "fingerprint": None, "restart": restart}
    fingerprint = certificates.fingerprint(https.folder)
    return {"on": True, "port": https.port, "fingerprint": fingerprint, "restart": restart}


async def _waits(ask: Ask) -> bool:
    editor = ask.to.daemon.editor
    try:
        config = (await editor.judged(await editor.text())).config
    except OSError:
        return False  # what cannot be read is told where the configuration is
    return config is not None and config.dashboard.https != (ask.to.https is not None)


@routes.post("/https", "installer", form=SwitchForm)
async def switch(ask: Ask) -> dict[str, Any]:
    """Write the switch into the configuration; it is another from the next start of the gateway on."""
    try:
        ask.to.daemon.put_switch("dashboard", "https", ask.form.on)
    except ConfigurationError as error:
        raise Stop(422, error.problems) from error
    return {"restart": ask.form.on != (ask.to.https is not None)}


@pages.get("/ca.crt", "nobody", gives="application/x-x509-ca-cert")
async def authority(ask: Ask) -> Response:
    """The certificate of this machine's own authority, for devices to trust; 404 where HTTPS is off."""
    if ask.to.https is None:
        raise Stop(404, "HTTPS is off.")
    pem = (ask.to.https.folder / certificates.CA).read_bytes()
    headers = {"Content-Disposition": "attachment; filename=gongbang-ca.crt"}
    return Response(pem, media_type="application/x-x509-ca-cert", headers=headers)


@pages.get("/https.css", "nobody", gives="text/css")
async def style(_: Ask) -> Response:
    """How that page looks: the policy forbids styles within it."""
    return Response(STYLE, media_type="text/css")


@pages.get("/https", "nobody", gives="text/html")
async def walk(ask: Ask) -> Response:
    """How Android, iPad and Windows come to trust this machine."""
    if ask.to.https is None:
        raise Stop(404, "HTTPS is off.")
    fingerprint = certificates.fingerprint(ask.to.https.folder)
    return HTMLResponse(PAGE.format(steps=_told(STEPS), install=_told(INSTALL), fingerprint=fingerprint))


def _told(steps: Iterable[tuple[str, str, str]]) -> str:
    return "".join(f"<h3>{device}</h3><p>{ko}</p><p lang=en>{escape(en)}</p>" for device, ko, en in steps)
