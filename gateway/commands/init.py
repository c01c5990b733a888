"""`gongbang init`: a new configuration for a shop of a trade, whole and valid, to be changed to one's own."""

import argparse
import json
import sys
import tempfile
from pathlib import Path

from gateway.config.load import load
from gateway.errors import ConfigurationError
from gateway.trades.templates import written


def run(options: argparse.Namespace) -> int:
    """Write the file; 2 when it is there already, or its id or name cannot be. What is there is never written over."""
    target = Path(options.config)
    if target.exists() and not options.force:
        print(
            f"{target}: 이미 있어요. 다른 이름을 주거나(-c), 덮어쓰려면 --force.\n"
            "It is there already: give another name (-c), or --force to write over it.",
            file=sys.stderr,
        )
        return 2
    name = None if options.name is None else json.dumps(options.name, ensure_ascii=False)
    text = written(options.trade, options.id, name)
    with tempfile.TemporaryDirectory() as folder:
        tried = Path(folder) / target.name
        tried.write_text(text, "utf-8")
        try:
            load(tried)
        except ConfigurationError as error:
            raise ConfigurationError([one.replace(str(tried), str(target)) for one in error.problems]) from None
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, "utf-8")
    except OSError as error:
        print(f"{target}: {error.strerror}. 다른 곳을 주세요. / Give another place: -c FILE", file=sys.stderr)
        return 1
    print(f"""{target}: 적었어요. / written.
  1. 기기 찾기 / find what is plugged in:  gongbang discover -c {target}
  2. 확인 / check:                          gongbang check {target}
  3. 해 보기 / try it:                      gongbang demo --trade {options.trade}
  4. 돌리기 / run:                          gongbang run -c {target}""")
    return 0
