"""The states of a machine. A state's code is its place here: 0 is unknown."""

from typing import Final

STATES: Final = ("unknown", "off", "idle", "setup", "run", "alarm")
UNKNOWN, OFF, IDLE, SETUP, RUN, ALARM = range(len(STATES))
STOPPED: Final = (OFF, IDLE, ALARM)  # it could make pieces and does not
