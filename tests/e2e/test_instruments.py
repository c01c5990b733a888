"""A scale, a plug and a page in the whole daemon: what they say comes out at the broker."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import paho.mqtt.client as paho
import workload
from cables import Cable
from paho.mqtt.enums import CallbackAPIVersion
from rig import Witness, daemon, free_port, mosquitto, until

PAGE = b'{"temperature": 61.5}'


class Page(BaseHTTPRequestHandler):
    """An instrument's page."""

    def do_GET(self) -> None:
        """Answer."""
        self.send_response(200)
        self.end_headers()
        self.wfile.write(PAGE)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


def test_a_weighing_a_plug_and_a_page_reach_the_broker(tmp_path: Path) -> None:
    cable, web = Cable(tmp_path / "scale"), free_port()
    page = ThreadingHTTPServer(("127.0.0.1", 0), Page)
    threading.Thread(target=page.serve_forever, daemon=True).start()
    with mosquitto(tmp_path / "broker") as broker:
        drivers = [
            {"name": "scale_1", "type": "scale", "port": cable.port, "format": "and", "unit": "g"},
            {
                "name": "plugs",
                "type": "mqtt_in",
                "host": "127.0.0.1",
                "port": broker.port,
                "devices": [{"name": "plug_1", "preset": "tasmota-plug", "topic": "plug"}],
            },
            {
                "name": "dryer_1",
                "type": "http_poll",
                "url": f"http://127.0.0.1:{page.server_port}/",
                "poll_s": 0.5,
                "points": [{"name": "temperature", "path": "temperature", "unit": "degC"}],
            },
        ]
        config = workload.write(tmp_path / "edge_config.yaml", drivers, broker.port, web)
        witness = Witness(broker.port, "gongbang/v1/bench/+/event/#")
        plug = paho.Client(CallbackAPIVersion.VERSION2)
        plug.connect("127.0.0.1", broker.port)
        plug.loop_start()
        try:
            with daemon(config, web) as running:
                until(running.ready, "the daemon has read everything")

                def value(name: str) -> Any:
                    points = running.get("/api/v1/points")["points"]
                    return next(point["value"] for point in points if point["name"] == name)

                def everything_is_read() -> bool:
                    plug.publish("tele/plug/SENSOR", json.dumps({"ENERGY": {"Power": 30}}))
                    cable.send(b"ST,+00123.45  g\r\n")
                    told = (value("scale_1.weight"), value("plug_1.power"), value("dryer_1.temperature"))
                    return told == (123.45, 30.0, 61.5)

                until(everything_is_read, "all three are read")
                taken = witness.wait_for(lambda _, event: event.get("kind") == "measurement", 20)
        finally:
            plug.disconnect()
            plug.loop_stop()
            witness.close()
            page.shutdown()
            page.server_close()
            cable.unplug()
    assert taken is not None
