"""/metrics for Prometheus: the same five counters of every component, and the ledger of losses."""

from collections import Counter
from collections.abc import Collection, Iterator

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

from gateway.component import Component
from gateway.losses import NOW


class Components:
    """A collector over the components as they are at the time of the question."""

    def __init__(self, components: Collection[Component]) -> None:
        self._components = components

    def collect(self) -> Iterator[Metric]:
        """Yield one family for each counter, labelled by component and kind."""
        labels = ["component", "kind"]
        up = GaugeMetricFamily("gongbang_up", "1 while the component is connected.", labels=labels)
        queued = GaugeMetricFamily("gongbang_queued", "Rows that wait in the component.", labels=labels)
        families = {
            name: CounterMetricFamily(f"gongbang_{name}", f"What the component has {name}.", labels=labels)
            for name in ("received", "sent", "dropped")
        }
        for component in self._components:
            names = [component.name, component.kind]
            up.add_metric(names, float(component.state == "up"))
            queued.add_metric(names, component.queued())
            for name, family in families.items():
                family.add_metric(names, getattr(component.counters, name))
        yield from (up, queued, *families.values(), *self._ledger())

    def _ledger(self) -> Iterator[Metric]:
        """Yield what became of each component's rows; why they were refused, in words without end, is in the API."""
        labels = ["component", "stream", "what", "reason"]
        rows = CounterMetricFamily(
            "gongbang_rows", "Rows that came to the component, and what became of them.", labels=labels
        )
        now = GaugeMetricFamily("gongbang_rows_now", "Rows that are kept or wait.", labels=labels)
        for component in self._components:
            for account in component.accounts():
                rows.add_metric([component.name, account.stream, "whole", ""], account.whole)
                sums: Counter[tuple[str, str]] = Counter()
                for what, why, n in account.all_parts():
                    sums[what, "" if what == "refused" else why] += n
                for (became, why), n in sums.items():
                    (now if became in NOW else rows).add_metric([component.name, account.stream, became, why], n)
        yield from (rows, now)


def exposition(components: Collection[Component]) -> bytes:
    """Return the text that Prometheus reads."""
    registry = CollectorRegistry()
    registry.register(Components(components))
    return generate_latest(registry)
