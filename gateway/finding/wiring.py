"""Faults of wiring in plain words: who is silent, who is not understood, whose words are swapped, and the mend."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Final

from drivers.modbus import ModbusBus
from drivers.modbus_device import DeviceConfig, ModbusConfig, device_points, number_points
from drivers.modbus_frames import NoReply, Refusal
from drivers.modbus_rtu import ModbusRtuConfig
from gateway.finding.asker import Asker
from gateway.finding.line import Words, opened
from gateway.finding.settings import Setting
from gateway.finding.swapped import unswapped
from sensors.batch import Batch
from sensors.point import Point
from sensors.quality import BAD

SPEEDS: Final = (9600, 19200, 38400, 115200, 4800, 2400)
PARITIES: Final = ("none", "even", "odd")


@dataclass(frozen=True, slots=True)
class Trouble:
    """What is wrong with a device, and the mend."""

    device: str
    found: Words
    mend: Words


async def troubles(bus: ModbusBus, config: ModbusConfig) -> AsyncIterator[Trouble]:
    """Read every device of an entered bus once; yield what is wrong. Raises DeviceGone when the wire is gone.

    The bus is left before who is silent is asked in other settings: a port has one user.
    """
    silent = []
    async with bus:
        for device in config.devices:
            row = next(one for one in await bus.read_once(device.name) if isinstance(one, Batch))
            if (row.quality[-1] >= BAD).all():
                silent.append(device)
            for point, value, quality in zip(number_points(device), row.values[-1], row.quality[-1], strict=True):
                if quality < BAD and (other := unswapped(point, float(value))) is not None:
                    yield _swapped(device, point, float(value), other)
    for device in silent:
        yield await _silent(config, device)


def _swapped(device: DeviceConfig, point: Point, value: float, other: float) -> Trouble:
    order = "little" if point.word_order == "big" else "big"
    name = f"{device.name}.{point.name}"
    return Trouble(
        device.name,
        {
            "ko": f"{name} = {value:.6g}: 두 레지스터의 순서가 바뀐 {other:g} {point.unit} 같아요",
            "en": f"{name} = {value:.6g}: this looks like {other:g} {point.unit} with its words swapped",
        },
        {"ko": f"그 측정점에 word_order: {order}를 적어 주세요.", "en": f"Give that point word_order: {order}."},
    )


async def _silent(config: ModbusConfig, device: DeviceConfig) -> Trouble:
    if not isinstance(config, ModbusRtuConfig):
        return Trouble(device.name, _no_answer(device), TCP_MEND)
    own = Setting(config.baudrate, config.parity)
    damaged = False
    for setting in (own, *_others(own)):
        async with opened(config.port, setting) as asker:
            if await _answers(asker, device):
                return _other_setting(device, setting)
            damaged |= asker.noise and setting == own
    return (
        Trouble(device.name, DAMAGED, DAMAGED_MEND) if damaged else Trouble(device.name, _no_answer(device), RTU_MEND)
    )


async def _answers(asker: Asker, device: DeviceConfig) -> bool:
    point = device_points(device)[0]
    try:
        await asker.read(device.unit, point.table, point.address, 1)
    except Refusal:
        return True
    except NoReply:
        return False
    return True


def _others(own: Setting) -> Sequence[Setting]:
    """Return other settings, those of the same speed first."""
    same = [Setting(own.baudrate, parity) for parity in PARITIES]
    rest = [Setting(speed, parity) for speed in SPEEDS for parity in PARITIES[:2]]
    return [setting for setting in dict.fromkeys([*same, *rest]) if setting != own]


def _other_setting(device: DeviceConfig, setting: Setting) -> Trouble:
    found = {
        "ko": f"국번 {device.unit}은(는) {setting}로 물으면 답해요. 통신 설정이 달라요",
        "en": f"unit {device.unit} answers at {setting}: its speed or parity is another",
    }
    mend = {
        "ko": f"baudrate: {setting.baudrate}, parity: {setting.parity}로 적거나, 기기의 설정을 바꿔 주세요.",
        "en": f"Give baudrate: {setting.baudrate}, parity: {setting.parity}, or change the device's own setting.",
    }
    return Trouble(device.name, found, mend)


def _no_answer(device: DeviceConfig) -> Words:
    return {"ko": f"국번 {device.unit}이(가) 조용해요", "en": f"unit {device.unit} is silent"}


RTU_MEND: Final[Words] = {
    "ko": "전원이 켜졌는지, A와 B 선이 바뀌지 않았는지, 국번과 통신 속도가 맞는지 차례로 봐 주세요.",
    "en": "See in this order: is it on, are A and B the right way round, are the unit number and the speed right.",
}
TCP_MEND: Final[Words] = {
    "ko": "국번(unit)이 맞는지, 그 뒤의 기기가 켜졌는지 봐 주세요.",
    "en": "See whether the unit number is right, and the device behind it is on.",
}
DAMAGED: Final[Words] = {"ko": "답이 깨져서 와요", "en": "its answers come damaged"}
DAMAGED_MEND: Final[Words] = {
    "ko": "같은 국번의 기기가 둘인지, 선이 느슨하거나 인버터 전력선 곁을 지나는지, 선 끝에 120 Ω이 있는지 봐 주세요.",
    "en": "See whether two devices have this unit number, whether the wires are loose or run beside an inverter's "
    "power cable, and whether there are 120 ohms at the line's ends.",
}
