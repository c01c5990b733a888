"""Modbus at work: slow lines, a thousand registers a second, as much as goes, and a shop of 164 units.

All but the lines are measured on a real daemon that publishes to a real broker, keeps its journal, computes its windows
and evaluates its rules. The registers change with every answer. `seconds` and rates stand in the JSON file beside this.
"""

import json
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import modbus_lateness
import modbus_peers as peers
import modbus_wires
import workload
from rig import Daemon, Mosquitto, Witness, daemon, emit, free_port, mosquitto, until

WORKLOAD: dict[str, Any] = json.loads(Path(__file__).with_suffix(".json").read_text())
SHAPES = (
    ("{p} > {high}", "{p} < {low}"),
    ("{p} > {high} for 3s", "{p} < {low}"),
    ("{p} - {q} > {high} and {r} < {low}", None),
    ("{p} < {low} or {q} > {high}", None),
)
MESSAGE = {"ko": "알람", "en": "alarm"}
SENT = {"name": "sent_us", "table": "holding", "address": 0, "type": "u64"}  # when the host let its answer go


def rules(devices: list[dict[str, Any]], count: int) -> list[dict[str, Any]]:
    """Return so many rules, over all devices in turn; their limits lie where registers come by, but seldom."""
    found = []
    for number in range(count):
        device, turn = devices[number % len(devices)], number // len(devices)
        points = [f"{device['name']}.{point['name']}" for point in device["points"][1:]]
        p, q, r = (points[(turn + step) % len(points)] for step in (0, 7, 31))
        when, until_ = SHAPES[turn % len(SHAPES)]
        text = {"p": p, "q": q, "r": r, "high": 64000 + 10 * turn, "low": 100 + turn}
        ends = {"until": until_.format(**text)} if until_ else {}
        found.append(
            {"name": f"rule_{number}", "when": when.format(**text), "message": {"ko": "알람", "en": "alarm"}} | ends
        )
    return found


def host_driver(name: str, port: int, units: int, registers: int, poll_s: float, **options: Any) -> dict[str, Any]:
    """Return a Modbus TCP driver; the first point of each unit is when its answer left, of four registers."""
    points = [SENT] + [{"name": f"r{n}", "table": "holding", "address": n, "type": "u16"} for n in range(4, registers)]
    devices = [{"name": f"{name}_{n}", "unit": n, "poll_s": poll_s, "points": points} for n in range(1, units + 1)]
    return {"name": name, "type": "modbus_tcp", "host": "127.0.0.1", "port": int(port), "devices": devices} | options


def line_driver(name: str, port: str, load: dict[str, Any]) -> dict[str, Any]:
    """Return a Modbus RTU driver."""
    points = [{"name": f"r{n}", "table": "holding", "address": n, "type": "u16"} for n in range(load["registers"])]
    devices = [
        {"name": f"{name}_{n}", "unit": n, "poll_s": load["poll_s"], "points": points}
        for n in range(1, load["units"] + 1)
    ]
    return {"name": name, "type": "modbus_rtu", "port": port, "baudrate": load["baudrate"], "devices": devices}


class Shop:
    """A daemon and a broker, with some drivers."""

    def __init__(self, stack: ExitStack, drivers: list[dict[str, Any]], rule_count: int = 0) -> None:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        self.broker: Mosquitto = stack.enter_context(mosquitto(folder))
        port = free_port()
        devices = [device for driver in drivers for device in driver["devices"]]
        more = {"rules": rules(devices, rule_count)}
        config = workload.write(folder / "edge_config.yaml", drivers, self.broker.port, port, **more)
        self.daemon: Daemon = stack.enter_context(daemon(config, port))
        until(self.daemon.ready, "readings flow")

    def cpu(self, warm_up_s: float, seconds: float) -> tuple[float, float]:
        """Let it run; return the processor seconds that it took, and of how many."""
        time.sleep(warm_up_s)
        before_s, begun = self.daemon.cpu_s, time.monotonic()
        time.sleep(seconds)
        return self.daemon.cpu_s - before_s, time.monotonic() - begun

    def rows(self) -> int:
        """Return how many rows the engine has taken."""
        return int(self._components()["engine"]["received"])

    def dropped(self) -> dict[str, int]:
        """Return what was lost, late or left out anywhere."""
        found = {}
        for name, component in self._components().items():
            for what in ("dropped", "overruns"):
                if component.get(what):
                    found[f"{name}.{what}"] = component[what]
        return found

    def _components(self) -> dict[str, Any]:
        listed = self.daemon.get("/api/v1/components")["components"]
        return {entry["name"]: entry | entry.get("counters", {}) for entry in listed}


def thousand(
    units: int, registers: int, poll_s: float, in_flight: int, rules: int, warm_up_s: float, seconds: float
) -> None:
    """A thousand registers a second; and how long a value takes from the reply's last byte to a subscriber."""
    with ExitStack() as stack:
        host = stack.enter_context(peers.host())
        driver = host_driver("host", host.place, units, registers, poll_s, in_flight=in_flight)
        shop = Shop(stack, [driver], rules)
        witness = Witness(shop.broker.port, "gongbang/v1/+/+/data/#")
        time.sleep(warm_up_s)
        witness.forget(lambda *_: True)
        used_s, of_s = shop.cpu(0, seconds)
        witness.close()
        rows = len(witness.messages) / of_s
        emit(
            "modbus.tcp_cpu_percent_1000_regs", 100 * used_s / of_s, "%", rows_per_s=round(rows, 1), lost=shop.dropped()
        )
    took = [
        at - body["values"]["sent_us"] / 1e6 for at, _, body in witness.messages if "sent_us" in body.get("values", ())
    ]
    for percent in (50, 99):
        emit(f"modbus.latency_ms_p{percent}", 1000 * modbus_lateness.percentile(took, percent), "ms", rows=len(took))


def flat_out(
    units: int, registers: int, poll_s: float, in_flight: int, rules: int, warm_up_s: float, seconds: float
) -> None:
    """As fast as the host answers: each unit is asked again when it has answered, all of them at once."""
    with ExitStack() as stack:
        host = stack.enter_context(peers.host())
        driver = host_driver("host", host.place, units, registers, poll_s, in_flight=in_flight)
        shop = Shop(stack, [driver], rules)
        command = ["mosquitto_sub", "-p", str(shop.broker.port), "-q", "1", "-t", "gongbang/#"]
        subscriber = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        stack.callback(subscriber.wait)
        stack.callback(subscriber.kill)
        time.sleep(warm_up_s)
        before = shop.rows()
        used_s, of_s = shop.cpu(0, seconds)
        rows = shop.rows() - before
        more = {"rows_per_s": round(rows / of_s), "cpu_percent": round(100 * used_s / of_s, 1)}
        more |= {"rss_mb": round(shop.daemon.rss_mb), "lost": shop.dropped(), "poll_s": poll_s}
        emit("modbus.tcp_values_per_cpu_s", rows * registers / used_s, "values/s", **more)


def whole_shop(load: dict[str, Any]) -> None:
    """Many units on lines and hosts: the daemon's share of a core, and how late its polls are."""
    with ExitStack() as stack:
        lines = [stack.enter_context(peers.line(load["baudrate"])) for _ in range(load["lines"])]
        hosts = [stack.enter_context(peers.host(log=True)) for _ in range(load["hosts"])]
        drivers = [line_driver(f"line{n}", line.place, load) for n, line in enumerate(lines)]
        of_host = (load["host_units"], load["host_registers"], load["host_poll_s"])
        drivers += [host_driver(f"host{n}", host.place, *of_host) for n, host in enumerate(hosts)]
        shop = Shop(stack, drivers)
        begun_ns = time.monotonic_ns() + int(1e9 * load["warm_up_s"])
        used_s, of_s = shop.cpu(load["warm_up_s"], load["seconds"])
        ended_ns, lost = time.monotonic_ns(), shop.dropped()
    units = load["lines"] * load["units"] + load["hosts"] * load["host_units"]
    emit(
        f"modbus.cpu_percent_{units}_units",
        100 * used_s / of_s,
        "%",
        lost=lost,
        too_early=sum(one.early for one in lines),
    )
    late: list[float] = []
    for place, period_s in [(one, load["poll_s"]) for one in lines] + [(one, load["host_poll_s"]) for one in hosts]:
        heard = [asked for asked in place.log if begun_ns < asked.heard_ns < ended_ns]
        for unit in {asked.unit for asked in heard}:
            times = [asked.heard_ns / 1e9 for asked in heard if asked.unit == unit]
            late += modbus_lateness.lateness(times, period_s)
    emit("modbus.lateness_percent_p99", 100 * modbus_lateness.percentile(late, 99), "%", polls=len(late))
    groups = [
        (load["lines"] * load["units"], load["poll_s"]),
        (load["hosts"] * load["host_units"], load["host_poll_s"]),
    ]
    program = Path(modbus_lateness.__file__)
    control = subprocess.run(
        [sys.executable, program, json.dumps(groups), str(load["seconds"])], capture_output=True, text=True, check=True
    )
    emit("modbus.lateness_percent_p99_control", float(control.stdout), "%")


if __name__ == "__main__":
    modbus_wires.cycles(**WORKLOAD["cycles"])
    modbus_wires.dead_unit(**WORKLOAD["dead"])
    thousand(**WORKLOAD["slow"])
    flat_out(**WORKLOAD["flat_out"])
    whole_shop(WORKLOAD["shop"])
