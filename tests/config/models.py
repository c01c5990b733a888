"""Every model of the configuration, those of drivers and publishers among them."""

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
    for section, types in schema.TYPED.items():
        for name in types:
            config = schema.typed_model(section, {"type": name})
            found += [part for part in models(config, [config]) if part not in found]
    return found
