"""`gongbang center --demo N`: the center on a broker and N simulated shops, all of it gone when it ends."""

import argparse
import os
import pwd
import shutil
import signal
import socket
import sys
import tempfile
import time
from pathlib import Path
from typing import Final

from center.children import Children
from center.command import FAILED, USAGE, open_page, serve
from center.config import Broker, Config, Enrolled

HOST: Final = "127.0.0.1"
READY_S: Final = 30.0
PORT, MQTT_PORT = 8090, 1883
NEVER_COME: Final = (
    Enrolled(workshop="mullae-201", gateway="gw_1", name="문래 정밀 201호", trade="metal", cluster="mullae"),
    Enrolled(workshop="jongno-034", gateway="gw_1", name="종로 세공 34호", trade="jewellery", cluster="bongik"),
    Enrolled(workshop="euljiro-112", gateway="gw_1", name="을지로 인쇄 112호", trade="printing", cluster="euljiro"),
)


def demo(options: argparse.Namespace) -> int:
    """Live until Ctrl-C or `--for-s`; 1 when a part does not start or ends, 2 when the page's port is taken."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # until the loop takes over: both clean up
    mqtt_port = options.mqtt_port or MQTT_PORT
    with tempfile.TemporaryDirectory(prefix="gongbang-center-") as name, Children() as children:
        folder = Path(name)
        config = Config(
            broker=Broker(host=HOST, port=mqtt_port),
            path=str(folder / "center.db"),
            port=PORT if options.port is None else options.port,
            shops=NEVER_COME,
        )
        try:
            sock = open_page(config)
        except OSError:
            return USAGE
        try:
            broker = _broker(mqtt_port, folder, children)
        except RuntimeError as error:
            print(f"시작하지 못했어요. / Not started: {error}", file=sys.stderr)
            sock.close()
            return FAILED
        _shops(options.demo, mqtt_port, folder, children)
        return serve(config, sock, options, lambda _, page: _welcome(options.demo, page, broker), children.ended)


def _shops(shops: int, mqtt_port: int, folder: Path, children: Children) -> None:
    (folder / "shops").mkdir()
    program = (sys.executable, "-m", "gateway.demo.fleet")
    children.start(
        "공방 / shops", *program, "--shops", str(shops), "--port", str(mqtt_port), "--folder", str(folder / "shops")
    )


def _broker(port: int, folder: Path, children: Children) -> str:
    """Use the broker that answers, else start one; return what it is. Raises RuntimeError when none comes."""
    where = f"{HOST}:{port}"
    if _answers(port):
        return f"{where} (이미 있던 브로커 / the one that was there)"
    if program := shutil.which("mosquitto", path=f"{os.environ.get('PATH', '')}:/usr/sbin"):
        settings = folder / "mosquitto.conf"
        user = pwd.getpwuid(os.getuid()).pw_name
        lines = (
            f"listener {port} {HOST}",
            "allow_anonymous true",
            "persistence false",
            f"user {user}",
            "log_type error",
        )
        settings.write_text("\n".join((*lines, "")))
        children.start("mosquitto", program, "-c", str(settings))
        told = f"{where} (mosquitto, 시험용 / the demo's own)"
    else:
        children.start("broker", sys.executable, "-m", "gateway.demo.broker", str(port))
        told = f"{where} (시험용 브로커 / the demo's own)"
    deadline_s = time.monotonic() + READY_S
    while not _answers(port):
        if ended := children.ended():
            raise RuntimeError(f"{ended}: {where}")
        if time.monotonic() > deadline_s:
            raise RuntimeError(where)
        time.sleep(0.05)
    return told


def _answers(port: int) -> bool:
    try:
        with socket.create_connection((HOST, port), timeout=1.0):
            return True
    except OSError:
        return False


def _welcome(shops: int, page: str, broker: str) -> str:
    return f"""
  지원센터 · 시험 공방 {shops}곳 / the support center with {shops} simulated shops

  화면 / page     {page}
  API            {page}api/v1/fleet
  MQTT           {broker}
  등록만 된 공방    {len(NEVER_COME)}곳은 소식이 온 적이 없어요.
  enrolled only  {len(NEVER_COME)} shops are never heard.
  끝내기 / stop    Ctrl-C
"""
