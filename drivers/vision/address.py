"""The address of a camera with its user and password, and texts without them."""

import re
from typing import Final
from urllib.parse import quote

from drivers.vision.options import CameraConfig

MASK: Final = "***"
USER_INFO: Final = re.compile(r"(?<=://)[^/@\s]*@")


def address(config: CameraConfig, password: str) -> str:
    """Return what is opened: the source as it is, or with the user and password in an address that needs them."""
    if config.kind != "address" or not (config.username or password):
        return config.source
    user, secret = quote(config.username or "", safe=""), quote(password, safe="")
    if "{password}" in config.source or "{username}" in config.source:
        return config.source.replace("{username}", user).replace("{password}", secret)
    scheme, _, rest = config.source.partition("://")
    return f"{scheme}://{user}:{secret}@{rest}"


def masked(text: str, password: str) -> str:
    """Return a text that others may read: libraries tell addresses whole in their errors."""
    for secret in (password, quote(password, safe="")):
        text = text.replace(secret, MASK) if secret else text
    return USER_INFO.sub(f"{MASK}@", text)
