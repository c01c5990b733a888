"""The gateway's id when the configuration names none: from the machine, the same at every start."""

import hashlib
import re
import socket
from pathlib import Path

MACHINE_ID = Path("/etc/machine-id")


def gateway_id(configured: str | None) -> str:
    """Return the configured id, else `<host name>-<6 hex of the machine id>`, a slug."""
    if configured:
        return configured
    host = re.sub(r"[^a-z0-9-]+", "-", socket.gethostname().lower()).strip("-")[:40] or "gateway"
    machine = MACHINE_ID.read_bytes() if MACHINE_ID.exists() else host.encode()
    return f"{host}-{hashlib.sha256(machine.strip()).hexdigest()[:6]}"
