"""What a form for each part of the configuration is made from: the models' own JSON schema, told in both languages."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from gateway.config import schema
from gateway.config.root import EdgeConfig
from gateway.config.typed import RULES

# What a text names, by the option and, where that is not enough, the model that it stands in.
NAMES: Final[Mapping[str, str]] = {
    "station": "stations",
    "machine": "machines",
    "Machine.device": "devices",
    "HidScannerConfig.device": "keyboards",
    "CameraConfig.source": "cameras",
    "port": "ports",
    "profile": "profiles",
    "count": "points",
    "energy": "points",
    "output": "outputs",
    "because_of": "rules",
    "rules": "rules",
    "tell": "actions",
    "resets": "signals",
    "after": "operations",
    "Signal.unit": "units",
    "Point.unit": "units",
}
DROPPED: Final = ("title", "default")  # the default comes as it is


def sections() -> list[dict[str, Any]]:
    """Return the sections in the order of the reference: name, what it is, whether it is a list, the types in it."""
    return [
        {
            "name": name,
            "about": _words(field.description or ""),
            "list": schema.is_list(field.annotation),
            "types": list(schema.TYPED.get(name, ())),
        }
        for name, field in EdgeConfig.model_fields.items()
    ]


def form(section: str, type_name: str | None = None) -> dict[str, Any]:
    """Return the JSON schema of a section's entries; KeyError without such a section or type.

    It is pydantic's, with `about` in both languages for each `description`, `names` for what a text refers to, and
    `like` with an example for a text that has to look like something.
    """
    field = EdgeConfig.model_fields[section]
    if section in schema.TYPED:
        model = schema.typed_model(section, {"type": type_name})
        if model is None:
            raise KeyError(type_name)
    else:
        found = schema.inner_model(field.annotation)
        assert found is not None, section
        model = found
    raw = model.model_json_schema()
    shapes = {name: _told(shape, name) for name, shape in raw.pop("$defs", {}).items()}
    return _told(raw, raw["title"]) | {"$defs": shapes}


def _told(shape: dict[str, Any], model: str) -> dict[str, Any]:
    told: dict[str, Any] = _walked(shape, lambda one: one)
    told["properties"] = {name: _option(option, name, model) for name, option in shape.get("properties", {}).items()}
    return told


def _option(option: dict[str, Any], name: str, model: str) -> Any:
    names = NAMES.get(f"{model}.{name}") or NAMES.get(name)

    def text(one: dict[str, Any]) -> dict[str, Any]:
        if one.get("type") != "string" or "enum" in one or "const" in one:
            return one
        like = RULES.get(one.get("pattern", ""))
        return one | ({"names": names} if names else {}) | ({"like": like[0]} if like else {})

    return _walked(option, text)


def _walked(shape: Any, text: Callable[[dict[str, Any]], dict[str, Any]]) -> Any:
    """Return a shape with its words in both languages; `text` adds to each plain type inside."""
    if isinstance(shape, list):
        return [_walked(one, text) for one in shape]
    if not isinstance(shape, dict):
        return shape
    told = {name: _walked(value, text) for name, value in shape.items() if name not in DROPPED}
    if isinstance(words := told.pop("description", None), str):
        told["about"] = _words(words)
    if "default" in shape:
        told["default"] = shape["default"]
    return text(told)


def _words(text: str) -> dict[str, str]:
    ko, _, en = " ".join(text.split("\n\n")[0].split()).partition(" / ")
    return {"ko": ko, "en": en or ko}
