"""A process that is an engine and nothing else: it tells its resident memory in kB after all blocks of a folder."""

import os
import sys
from pathlib import Path

os.environ["OPENBLAS_NUM_THREADS"] = "1"  # as in the daemon: one core

import numpy as np

from gateway import loaded
from gateway.config.root import EdgeConfig
from gateway.engine.engine import Engine
from gateway.table import PointTable
from sensors.batch import Batch


def main() -> None:
    """Read the configuration, then block after block, the devices in turn."""
    folder = Path(sys.argv[1])
    config = EdgeConfig.model_validate_json((folder / "config.json").read_bytes())
    engine = Engine(config, PointTable.of(config))
    loaded.settle()
    for path in sorted(folder.glob("*.npz")):
        device = int(path.stem.split("_")[1])
        with np.load(path) as block:
            engine.feed(Batch(device, engine.table.devices[device].first, *block.values()))
    print(Path("/proc/self/status").read_text().split("VmRSS:")[1].split()[0])


if __name__ == "__main__":
    main()
