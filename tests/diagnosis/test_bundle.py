"""The diagnostic bundle: it holds what helps, and none of the secrets that were planted everywhere."""

import io
import json
import logging
import zipfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.commands.bundle import bundle
from gateway.commands.main import main
from gateway.diagnosis.lines import LastLines
from gateway.diagnosis.masking import Masker

SECRETS = {
    "mqtt": "미싱-열일곱!7",
    "influx": "q7Zk_Token-of-Influx==",
    "bearer": "wh-bearer-9911",
    "telegram": "998877:AAbbCCddEEffGGhhIIjjKKllMMnnOOpp",
    "header": "k-3344-header",
    "passphrase": "four words make phrases",
}
IN_ADDRESS = {
    "webhook": "B0XYZ12345SECRETKEY9",
    "query": "apikey-55221",
    "camera": "cam/pa@ss:77",
    "wsuser": "hookuser",
    "inline": "inl-77-header",
}
WORKER = "김은하수"
CONFIG = """\
# the old password was {mqtt}
workshop: {{id: w-1, name: 공방}}
drivers:
  - type: http_poll
    name: meter
    url: http://127.0.0.1:9/status.json?key={query}
    headers: {{X-Shop: {inline}}}
    headers_file: {folder}/header
    points: [{{name: temperature, path: t}}]
    enabled: false
publish:
  - type: mqtt
    name: broker
    host: 127.0.0.1
    port: 9
    username: shop-user-1
    password_file: {folder}/mqtt
    enabled: false
  - type: influxdb
    name: influx
    url: http://127.0.0.1:9
    org: o
    bucket: b
    token_file: "{folder}/influx"
    enabled: false
actions:
  - type: webhook
    name: hook
    url: https://{wsuser}:{bearer}@hooks.example.com/services/{webhook}?key={query}
    token_file: '{folder}/bearer'
    enabled: false
  - {{type: notify, name: phone, urls_file: {folder}/telegram, enabled: false}}
backup:
  - {{name: stick, to: folder, path: {folder}, key_file: {folder}/passphrase, enabled: false}}
work:
  workers: [{{badge: "7", name: {worker}}}]
journal: {{path: {folder}/journal.db}}
"""
LINES = [
    "broker: refused: bad user name or password ({mqtt})",
    "CONNECT username='shop-user-1' password='{mqtt}'",
    "POST https://{wsuser}:{bearer}@hooks.example.com/services/{webhook}?key={query} answered 404",
    "rtsp://viewer:{camera}@192.168.0.9:554/live cannot be opened",
    "Authorization: Bearer {bearer}",
    "tgram://{telegram}/12345 unreachable",
    "처음 여는 번호 / set-up code: 83920174",
    '{{"passphrase": "{passphrase}", "n": 1}}',
    "비밀번호: never-told-elsewhere 1",
    "new token gongbang_AbCdEfGhIjKlMnOpQrStUvWx was made",
    "X-Key: {header}",
    "meter: sent X-Shop {inline}",
    "press_1: the meter does not answer",
]
ELSEWHERE = ["83920174", "never-told-elsewhere", "AbCdEfGhIjKlMnOpQrStUvWx", "shop-user-1", WORKER, "pa@ss", "cam/pa"]


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """A configuration with a secret wherever one can be."""
    for name, secret in SECRETS.items():
        text = {"telegram": f"tgram://{secret}/12345\n", "header": f"X-Key: {secret}\n"}.get(name, f"{secret}\n")
        (tmp_path / name).write_text(text, "utf-8")
        (tmp_path / name).chmod(0o600)
    file = tmp_path / "edge_config.yaml"
    file.write_text(CONFIG.format(**SECRETS, **IN_ADDRESS, folder=tmp_path, worker=WORKER), "utf-8")
    return file


def parts(made: bytes) -> dict[str, str]:
    """The files of a bundle."""
    with zipfile.ZipFile(io.BytesIO(made)) as file:
        return {name: file.read(name).decode("utf-8") for name in file.namelist()}


def lines() -> list[str]:
    return [line.format(**SECRETS, **IN_ADDRESS) for line in LINES]


def test_no_planted_secret_is_in_any_file_of_the_bundle(config: Path) -> None:
    component = {
        "name": "hook", "kind": "action", "state": "down", "advice": None, "dropped": 3,
        "last_error": lines()[2], "detail": {"ledger": [], "password": SECRETS["mqtt"]},
    }  # fmt: skip
    found = parts(bundle(config, [component], lines()))
    for name, text in found.items():
        for secret in (*SECRETS.values(), *IN_ADDRESS.values(), *ELSEWHERE):
            assert secret not in text, f"{secret} is in {name}"


def test_it_holds_what_helps(config: Path) -> None:
    component: dict[str, Any] = {
        "name": "broker",
        "kind": "publisher",
        "state": "down",
        "dropped": 3,
        "last_error": "",
        "detail": {},
    }
    component |= {"advice": None}
    found = parts(bundle(config, [component], lines()))
    assert found.keys() == {
        "README.txt", "versions.json", "configuration.json", "components.json", "doctor.txt", "box.json", "log.txt",
    }  # fmt: skip
    told = json.loads(found["configuration.json"])
    assert [one["name"] for one in told["publish"]] == ["broker", "influx"], "the configuration loaded"
    assert told["publish"][0]["password_file"].endswith("/mqtt"), "which file is no secret"
    assert told["actions"][0]["url"] == "https://***@hooks.example.com/***"
    assert json.loads(found["components.json"])[0]["dropped"] == 3
    assert "configuration" in found["doctor.txt"]
    assert json.loads(found["box.json"])["disk"]["free_bytes"] > 0
    assert "press_1: the meter does not answer" in found["log.txt"]
    assert "hooks.example.com/*** answered" in found["log.txt"]


def test_one_of_a_configuration_that_does_not_load_keeps_the_secrets_too(config: Path) -> None:
    config.write_text(config.read_text("utf-8").replace("to: folder", "to: nowhere"), "utf-8")
    found = parts(bundle(config, [], lines()))
    assert "doctor.txt" in found["configuration.json"]
    assert not [secret for secret in (*SECRETS.values(), *ELSEWHERE) if any(secret in text for text in found.values())]


def test_the_command_writes_it_for_its_owner_alone(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    to = config.with_name("out.zip")
    assert main(["doctor", "-c", str(config), "--bundle", str(to)]) == 0
    assert to.stat().st_mode & 0o077 == 0
    assert "taken out" in capsys.readouterr().out
    assert SECRETS["mqtt"] not in "".join(parts(to.read_bytes()).values())


@given(
    st.text(st.characters(codec="utf-8", exclude_characters="\n\r"), min_size=4, max_size=40)
    .map(str.strip)
    .filter(lambda s: len(s) >= 4)
)
def test_whatever_stands_behind_the_word_password_goes(secret: str) -> None:
    masked = Masker("").text(f"connect: password={secret}")
    assert masked == "connect: password=***"


def test_ordinary_lines_stay_as_they_are() -> None:
    said = "press_1 84.1 degC at 14:05, 3 of 5 tokens? no: passed 17, http://192.168.0.5:8080 keyboard: usb"
    assert Masker("").text(said) == said


def test_the_last_lines_are_kept_and_no_more() -> None:
    kept = LastLines()
    for n in range(700):
        kept.handle(logging.makeLogRecord({"msg": "line %s", "args": (n,), "levelname": "INFO"}))
    assert len(kept.lines()) == 500
    assert kept.lines()[-1].endswith("line 699")
