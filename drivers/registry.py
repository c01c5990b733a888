"""Which driver is which module. A driver's module is imported only when the configuration uses it."""

from collections.abc import Mapping
from importlib import import_module
from typing import Any, cast

from drivers.base import Driver, DriverConfig, Slots

DRIVERS: Mapping[str, str] = {
    "camera": "drivers.camera:Camera",
    "digimatic": "drivers.digimatic:Digimatic",
    "gpio": "drivers.gpio:Gpio",
    "hid_scanner": "drivers.hid_scanner:HidScanner",
    "http_poll": "drivers.http_poll:HttpPoll",
    "modbus_rtu": "drivers.modbus_rtu:ModbusRtu",
    "modbus_tcp": "drivers.modbus_tcp:ModbusTcp",
    "mqtt_in": "drivers.mqtt_in:MqttIn",
    "scale": "drivers.scale:Scale",
    "serial_line": "drivers.serial_line:SerialLine",
    "serial_scanner": "drivers.serial_scanner:SerialScanner",
}


def driver_class(type_name: str) -> Any:
    """Return the driver's class; KeyError when no driver has this name. Its `Config` is its configuration's class."""
    module, _, name = DRIVERS[type_name].partition(":")
    return getattr(import_module(module), name)


def driver_config(part: Mapping[str, Any]) -> DriverConfig:
    """Validate one driver's mapping by the class that its `type` names; pydantic's ValidationError tells what fails."""
    return cast(DriverConfig, driver_class(part["type"]).Config.model_validate(part))


def build(config: DriverConfig, slots: Slots) -> Driver:
    """Return the driver for a validated configuration; `slots` tells where its devices stand in the point table."""
    return cast(Driver, driver_class(config.type)(config, slots))  # type: ignore[attr-defined] # each config has `type`
