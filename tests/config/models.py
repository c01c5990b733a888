"""Every model of the configuration, drivers' own among them."""

from gateway.config import schema
from gateway.config.reference import options
from gateway.config.root import EdgeConfig


def models(model, seen):
    for _, field in options(model):
        inner = schema.inner_model(field.annotation)
        if inner is not None and inner not in seen:
            seen.append(inner)
            models(inner, seen)
    return seen


def every_model():
    found = models(EdgeConfig, [EdgeConfig])
    for name in schema.DRIVERS:
        config = schema.driver_model({"type": name})
        found += [part for part in models(config, [config]) if part not in found]
    return found
