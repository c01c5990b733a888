"""Printers in the configuration: what is wrong with one is told with its line and the mend."""

from pathlib import Path

import pytest

from gateway.config.load import load
from gateway.errors import ConfigurationError

HEAD = "workshop: {id: shop-1, name: 공방}\n"


@pytest.mark.parametrize(
    ("printer", "says"),
    [
        ("{name: a, language: zpl, width_mm: 60, height_mm: 40}", "name one of host, usb, cups"),
        (
            "{name: a, language: zpl, width_mm: 60, height_mm: 40, host: 10.0.0.1, usb: /dev/usb/lp0}",
            "name one of host, usb, cups",
        ),
        ("{name: a, language: zpl2, width_mm: 60, height_mm: 40, host: 10.0.0.1}", "zpl"),
        ("{name: a, language: zpl, width_mm: 60, height_mm: 40, usb: lp0}", "/dev/usb/lp0"),
        ("{name: a, language: zpl, width_mm: 6, height_mm: 40, host: 10.0.0.1}", "15"),
        ("{name: a, language: zpl, width: 60, height_mm: 40, host: 10.0.0.1}", "width_mm"),
        ("{name: engine, language: pdf, width_mm: 60, height_mm: 40}", "engine"),
    ],
)
def test_a_printer_that_cannot_be_is_refused_with_its_line(tmp_path: Path, printer: str, says: str) -> None:
    file = tmp_path / "edge_config.yaml"
    file.write_text(f"{HEAD}printers:\n  - {printer}\n", "utf-8")
    with pytest.raises(ConfigurationError) as refused:
        load(file, "en")
    told = "\n".join(refused.value.problems)
    assert "edge_config.yaml:3" in told
    assert says in told


def test_a_pdf_needs_no_place(tmp_path: Path) -> None:
    file = tmp_path / "edge_config.yaml"
    file.write_text(f"{HEAD}printers:\n  - {{name: a, language: pdf, width_mm: 64, height_mm: 34}}\n", "utf-8")
    assert load(file).printers[0].name == "a"
