"""A scan from the last byte on the wire to its answer, and to MQTT, while the daemon polls a thousand registers."""

import json
import os
import tempfile
import time
import tty
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import workload
from rig import Witness, daemon, emit, free_port, mosquitto, until

from barcodes.ticket import Badge, Coupon, encode

WORKLOAD = json.loads(Path(__file__).with_suffix(".json").read_text())
OK = b"\x06"
WORK: dict[str, Any] = {
    "workers": [{"badge": "7", "name": "bench"}],
    "operations": [{"code": "SEW", "label": {"ko": "봉제", "en": "Sewing"}}],
}


def main(scans: int, every_s: float, load: dict[str, Any]) -> None:
    """Scan new coupons one after the other; each is accepted, kept, answered by a byte, and published."""
    with tempfile.TemporaryDirectory() as folder, mosquitto(Path(folder)) as broker, workload.register_server() as port:
        ours, theirs = os.openpty()
        tty.setraw(theirs)
        web_port = free_port()
        answers = {"ok": OK.decode(), "duplicate": "\x07", "refused": "\x15"}
        scanner = {"name": "scanner", "type": "serial_scanner", "port": os.ttyname(theirs), "answers": answers}
        drivers = [workload.plc(port, **load), scanner]
        config = workload.write(Path(folder) / "edge_config.yaml", drivers, broker.port, web_port, work=WORK)
        with daemon(config, web_port) as running:
            witness = Witness(broker.port)
            until(running.ready, "readings flow")
            witness.wait_for(lambda topic, _: "/data/" in topic)
            _scan(ours, encode(Badge(7)))
            answered, sent = {}, {}
            for number in range(scans):
                code = encode(Coupon(f"{number:05d}", "SEW", 20))
                sent[code] = time.monotonic()
                answered[code] = _scan(ours, code) - sent[code]
                time.sleep(every_s)
            last = encode(Coupon(f"{scans - 1:05d}", "SEW", 20))
            witness.wait_for(lambda topic, body: topic.endswith("/event/scan") and body["text"] == last)
            arrived = {body["text"]: at for at, topic, body in witness.messages if topic.endswith("/event/scan")}
            witness.close()
        os.close(ours)
        os.close(theirs)
    _tell("scan.answer_ms", list(answered.values()))
    _tell("scan.mqtt_ms", [arrived[code] - at for code, at in sent.items()])


def _scan(wire: int, code: str) -> float:
    """Write a code and return when its answer came."""
    os.write(wire, code.encode() + b"\r")
    answer = os.read(wire, 1)
    if answer != OK:
        raise RuntimeError(f"{code} was answered {answer!r}")
    return time.monotonic()


def _tell(name: str, seconds: Sequence[float]) -> None:
    ordered = sorted(seconds)
    for percent in (50, 99):
        emit(f"{name}_p{percent}", 1000 * ordered[min(len(ordered) - 1, len(ordered) * percent // 100)], "ms")


if __name__ == "__main__":
    main(**WORKLOAD)
