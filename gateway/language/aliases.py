"""What people call the functions elsewhere, for the nearest name in an error."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

ALIASES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "avg": "mean",
        "average": "mean",
        "ema": "ewma",
        "stddev": "std",
        "stdev": "std",
        "derivative": "rate",
        "diff": "delta",
        "increase": "delta",
        "limit": "clamp",
        "minimum": "min",
        "maximum": "max",
        "quantile": "percentile",
        "absent": "missing",
        "blink": "flashing",
        "blinking": "flashing",
        "frozen": "stuck",
        "spread": "range",
        "cusum": "drift",
        "outlier": "odd",
        "zscore": "odd",
        "spc": "nelson",
        "energy": "integral",
        "cumulative": "integral",
        "run_hours": "hours",
        "runtime": "hours",
        "duration": "hours",
        "times": "count_since",
        "ratio": "share",
        "then": "within",
        "followed_by": "within",
        "crest_factor": "crest",
        "fft": "band",
        "effective": "rms",
    }
)
