"""The text of a code: scanners and labels in Korea write UTF-8 or CP949."""


def decode(data: bytes) -> str | None:
    """Return the data as text, UTF-8 if they are that, else CP949 (which few other bytes are); None for neither."""
    for encoding in ("utf-8", "cp949"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    return None
