"""Run inside an installed Debian: make the installed gateway the demo's shop, on the wires of a simulation that runs.

Usage: shop.py <file with the simulation's first line>
"""

import json
import sys
from importlib.resources import files
from pathlib import Path

from ruamel.yaml import YAML

CONFIG = Path("/etc/gongbang/edge_config.yaml")
yaml = YAML()
shop = yaml.load(files("gateway").joinpath("demo/edge_config.yaml").read_text("utf-8"))
wires = json.loads(Path(sys.argv[1]).read_text("utf-8").splitlines()[0])["overrides"]
installed = yaml.load(CONFIG)
for part in ("stations", "machines", "rules", "work"):
    installed[part] = shop[part]
installed["drivers"] = [driver | wires[driver["name"]] for driver in shop["drivers"] if driver["name"] in wires]
for signal in shop.get("signals", ()):
    installed.setdefault("signals", []).append(signal)
with CONFIG.open("w", encoding="utf-8") as file:
    yaml.dump(installed, file)
print(json.dumps([driver["name"] for driver in installed["drivers"]]))
