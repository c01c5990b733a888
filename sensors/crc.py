"""The check sum of Modbus RTU."""

from typing import Final


def _row(byte: int) -> int:
    for _ in range(8):
        byte = byte >> 1 ^ 0xA001 if byte & 1 else byte >> 1
    return byte


TABLE: Final = tuple(_row(byte) for byte in range(256))


def crc16(data: bytes) -> bytes:
    """Return the two bytes of the check sum, low one first (Modbus over serial line V1.02, 6.2.2)."""
    register = 0xFFFF
    for byte in data:
        register = register >> 8 ^ TABLE[(register ^ byte) & 0xFF]
    return register.to_bytes(2, "little")
