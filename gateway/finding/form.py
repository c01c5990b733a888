"""What a search is asked for over the API."""

from pydantic import Field

from drivers.base import Options


class SearchForm(Options):
    """Where to look. Ports that the configuration uses are left alone."""

    ports: tuple[str, ...] = Field((), max_length=64, description="Serial ports; none: all that are free.")
    network: str | None = Field(None, max_length=40, description="own, or A.B.C.D/N: Modbus TCP there, too.")
    tcp_port: int = Field(502, ge=1, le=65535, description="The port of Modbus TCP.")
    every_unit: bool = Field(False, description="Units 1 to 247, which takes minutes for each line.")
    listen_s: float = Field(20.0, ge=0, le=300, description="Seconds in which somebody scans and weighs.")
