"""Run inside an installed Debian: what the broker lets whom do, as JSON. Usage: broker.py <the viewer's password>"""

import json
import ssl
import sys
import threading
from pathlib import Path

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from ruamel.yaml import YAML

WAIT_S = 30.0
tree = YAML(typ="safe").load(Path("/etc/gongbang/edge_config.yaml"))
GATEWAY, WORKSHOP = tree["gateway"]["id"], tree["workshop"]["id"]
OWN = f"gongbang/v1/{WORKSHOP}/{GATEWAY}"
PASSWORD = Path("/etc/gongbang/broker.password").read_text().strip()


class Guest:
    """Somebody who knocks at the broker."""

    def __init__(self, user=None, password=None, port=8883, host="localhost", ca="/etc/gongbang/ca.crt"):
        self.answer, self.messages, self.acked = "", {}, {}
        self._news = threading.Condition()
        client = paho.Client(CallbackAPIVersion.VERSION2, protocol=MQTTProtocolVersion.MQTTv5)
        if user:
            client.username_pw_set(user, password)
        if port == 8883:
            client.tls_set_context(ssl.create_default_context(cafile=ca))
        client.on_connect = lambda _c, _u, _f, reason, _p: self._tell("answer", str(reason))
        client.on_publish = lambda _c, _u, mid, reason, _p: self._tell("acked", reason.value, mid)
        client.on_message = lambda _c, _u, message: self._tell("messages", message.payload.decode(), message.topic)
        self.client = client
        try:
            client.connect(host, port)
            client.loop_start()
            self._wait(lambda: self.answer)
        except OSError as error:
            self.answer = type(error).__name__

    def _tell(self, what, value, key=None):
        with self._news:
            if key is None:
                setattr(self, what, value)
            else:
                getattr(self, what)[key] = value
            self._news.notify_all()

    def _wait(self, true):
        with self._news:
            self._news.wait_for(true, WAIT_S)

    def publish(self, topic):
        """Return the reason code of the answer: below 128 is taken."""
        mid = self.client.publish(topic, "x", qos=1).mid
        self._wait(lambda: mid in self.acked)
        return self.acked.get(mid)

    def hear(self, topic, wanted):
        """Subscribe, and return what came on the topic that is wanted."""
        self.client.subscribe(topic, qos=1)
        self._wait(lambda: wanted in self.messages)
        return self.messages.get(wanted)


gateway, viewer = Guest(GATEWAY, PASSWORD), Guest("viewer", sys.argv[1])
print(
    json.dumps(
        {
            "gateway": gateway.answer,
            "own topic": gateway.publish(f"{OWN}/test/x"),
            "another gateway's topic": gateway.publish(f"gongbang/v1/{WORKSHOP}/other/status"),
            "another workshop's topic": gateway.publish(f"gongbang/v1/other/{GATEWAY}/status"),
            "viewer": viewer.answer,
            "viewer publishes": viewer.publish(f"{OWN}/status"),
            "status that the viewer hears": viewer.hear("gongbang/v1/#", f"{OWN}/status"),
            "nobody": Guest().answer,
            "nobody, unencrypted": Guest(port=1883).answer,
            "wrong password": Guest(GATEWAY, "wrong").answer,
            "gateway, unencrypted": Guest(GATEWAY, PASSWORD, port=1883).answer,
            "by address": Guest(GATEWAY, PASSWORD, host="127.0.0.1").answer,
            "without our CA": Guest(GATEWAY, PASSWORD, ca=None).answer,
        }
    )
)
