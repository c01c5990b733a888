"""The process that sends by apprise: a question on standard input, who has not got it and why on standard output."""

import json
import logging
import re
import sys

MISSING = "apprise가 없어요. pip install 'gongbang[notify]' / apprise is not installed: pip install 'gongbang[notify]'"


def main() -> None:
    """Send to each receiver, one after the other."""
    question = json.load(sys.stdin)
    try:
        import apprise  # in this process alone
    except ImportError:
        print(json.dumps({"missing": MISSING}))
        return
    failed: dict[str, str] = {}
    for number, url in enumerate(question["urls"]):
        one = apprise.Apprise()
        if not one.add(url):
            failed[str(number)] = "no URL that apprise knows"
            continue
        with apprise.LogCapture(level=logging.WARNING, fmt="%(message)s") as log:  # type: ignore[no-untyped-call] # of apprise
            sent = one.notify(title=question["title"], body=question["body"], body_format=apprise.NotifyFormat.TEXT)
            said = log.getvalue().strip().rpartition("\n")[2]
        if not sent:
            failed[str(number)] = without_secrets(said, url) or "not sent"
    print(json.dumps(failed))


def without_secrets(said: str, url: str) -> str:
    """Return what apprise said, without any part of the URL: it may be a password or a token."""
    for part in sorted(re.split(r"[^\w.-]+", url)[1:], key=len, reverse=True):
        if len(part) > 1:
            said = said.replace(part, "…")
    return said[:200]


if __name__ == "__main__":
    main()
