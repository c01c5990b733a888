"""/metrics for Prometheus: the same five counters of every component."""

from collections.abc import Iterable, Iterator

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

from gateway.component import Component


class Components:
    """A collector over the components as they are at the time of the question."""

    def __init__(self, components: Iterable[Component]) -> None:
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
        yield from (up, queued, *families.values())


def exposition(components: Iterable[Component]) -> bytes:
    """Return the text that Prometheus reads."""
    registry = CollectorRegistry()
    registry.register(Components(components))
    return generate_latest(registry)
