"""What a scanner sent, byte for byte, as it stands in the scan's event."""

from base64 import b64decode, b64encode

from gateway.event import Body


def raw_body(raw: bytes) -> Body:
    """Return the raw bytes as they stand in an event: text where they are UTF-8, else base64 that says so."""
    try:
        return {"raw": raw.decode()}
    except UnicodeDecodeError:
        return {"raw": b64encode(raw).decode(), "raw_encoding": "base64"}


def raw_of(body: Body) -> bytes:
    """Return the raw bytes of an event's body: the inverse of `raw_body`."""
    raw: str = body["raw"]
    return b64decode(raw) if body.get("raw_encoding") == "base64" else raw.encode()
