"""Examples of waveforms' functions and of those that learn: what was read, what it comes to."""

from typing import Final

from gateway.language.examples import Example

_USUAL: Final = (100.0, 102.0) * 5  # a baseline: centre 101, moving ranges 2, so sigma 1.773


def _power(text: str, *readings: float, result: str) -> Example:
    return Example(text, {"meter_1.power": readings}, result)


def _shock(text: str, *readings: float, result: str) -> Example:
    return Example(text, {"lathe_1.shock": readings}, result, 0.125)


SIGNAL_EXAMPLES: Final = (
    _power("rms(meter_1.power, 4s)", 3, -3, 3, 900, result="3 W"),
    _power("crest(meter_1.power, 4s)", 2, -1, -1, 900, result="1.414"),
    _power("kurtosis(meter_1.power, 4s)", 2, -1, -1, 900, result="1.5"),
    _shock("band(lathe_1.shock, 1 Hz, 4 Hz, 2s)", *(3, 0, -3, 0) * 6, 3, result="2.121 m/s²"),
    _shock("velocity(lathe_1.shock, 1 Hz, 4 Hz, 2s)", *(3, 0, -3, 0) * 6, 3, result="174.6 mm/s"),
    _power("learned(meter_1.power, baselines.first, 10)", 100, 102, 100, result="30 %"),
    _power("charted(meter_1.power, baselines.first, 10, 2)", 100, 102, 104, 106, result="105 W"),
    _power("usual(meter_1.power, baselines.first, 10)", *_USUAL, result="101 W"),
    _power("sigma(meter_1.power, baselines.first, 10)", *_USUAL, result="1.773 W"),
    _power("uneven(meter_1.power, baselines.first, 10)", *_USUAL, 109, result="1.071"),
    _power("western_electric(meter_1.power, baselines.first, 10)", *_USUAL, 107, result="1"),
    _power("nelson(meter_1.power, baselines.first, 10)", *_USUAL, *[102] * 9, result="2"),
    _power("drift(meter_1.power, baselines.first, 10)", *_USUAL, 106, 106, 106, result="5 W"),
    _power("drift_since(meter_1.power, baselines.first, 10, 1s)", *_USUAL, 106, 106, 106, 106, result="3 s"),
    _power("odd(meter_1.power, seasons.always, 30)", *_USUAL, *_USUAL[:2], 104, result="2.023"),
    _power("normal(meter_1.power, seasons.always, 30)", *_USUAL, *_USUAL[:2], 104, result="101 W"),
)
