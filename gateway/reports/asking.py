"""What a process that makes a report is asked: the part of the configuration that it needs, as JSON."""

from datetime import date
from typing import Any

from gateway.config.root import EdgeConfig
from gateway.pay.terms import Terms


def asked(config: EdgeConfig, kind: str, first: date, last: date, **more: Any) -> dict[str, Any]:
    """Return what `gateway.reports.making` needs to know; `more`: shift, workers, language, format."""
    return {
        **Terms.of(config).question(),
        "work": config.work.model_dump(mode="json"),
        "language": config.workshop.language,
        "format": "pdf",
        "kind": kind,
        "from": first.isoformat(),
        "to": last.isoformat(),
        **{name: value for name, value in more.items() if value is not None},
    }
