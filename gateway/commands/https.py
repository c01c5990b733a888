"""`gongbang https`: HTTPS on or off by one word, and the fingerprint by which a person knows this machine."""

import argparse
import sys
from pathlib import Path

from gateway.config.load import load
from gateway.config.switch import switched
from gateway.finding.writing import put
from gateway.web import certificates


def run(options: argparse.Namespace) -> int:
    """Turn the switch in the configuration's file, or tell how it stands; 1 when it cannot be written or made."""
    path = Path(options.config)
    config = load(path)
    try:
        if options.switch:
            put(path, switched(path.read_text("utf-8"), "dashboard", "https", options.switch == "on"))
            config = load(path)
        if not config.dashboard.https:
            print("HTTPS: 꺼져 있어요. / off.  → gongbang https on")
            return 0
        folder = Path(config.journal.path).with_name(certificates.FOLDER)
        print(f"HTTPS: 켜져 있어요. / on.  https://{certificates.machine()}:{config.dashboard.https_port}/")
        if (folder / certificates.CA).exists():  # the daemon makes it, at its start: it must be its own
            print(f"SHA-256: {certificates.fingerprint(folder)}")
        print(f"기기마다 한 번 / once on each device:  http://{certificates.machine()}:{config.dashboard.port}/https")
    except OSError as error:
        print(f"{error}\n→ sudo gongbang https {options.switch or ''}", file=sys.stderr)
        return 1
    if options.switch:
        print("다시 시작해 주세요. / Start it again:  sudo systemctl restart gongbang")
        print("지문은 그다음에 나와요. / Then the fingerprint is there:  gongbang https")
    return 0
