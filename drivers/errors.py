"""The driver's errors, by what the supervisor does about them."""


class DeviceGone(Exception):
    """The wire is not there (port, host, adapter): close, back off, open again. The text says which and why."""


class NotWritten(Exception):
    """An output was not written: not allowed, too soon, refused, no answer. The text says it in both languages."""


class WrongConfiguration(Exception):
    """The wire is there and can never work as configured: stop this driver, show the text, wait for a reload."""
