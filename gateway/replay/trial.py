"""A trial: how often a rule that is not live yet would have been raised, by the samples that the journal still has.

It takes seconds, so it runs in a process of its own: a question in JSON comes in, an answer goes out.
"""

import asyncio
from datetime import tzinfo
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from pydantic import ValidationError

from gateway import apart
from gateway.config.load import load
from gateway.config.plant import Rule
from gateway.config.root import EdgeConfig
from gateway.errors import ConfigurationError, StorageFailed
from gateway.journal.export import Export
from gateway.journal.reader import open_reader
from gateway.replay.recording import of_journal
from gateway.replay.replay import Replay

MOST_TIMES: Final = 100  # that are told one by one, the newest
MOST_S: Final = 300.0
MS: Final = 1_000_000

Answer = dict[str, Any]


def trial(config: EdgeConfig, rule: Rule, from_ns: int, to_ns: int) -> Answer:
    """Return how often and for how long the rule would have been active. Raises ConfigurationError, StorageFailed.

    Of one with `for_each` all that are made of it are counted together.
    """
    replay = Replay(config.model_copy(update={"rules": (rule,), "watch": ()}))
    rules = replay.engine.graph.rules
    if not rules:
        raise ConfigurationError([f"rules.{rule.name}.for_each: no device or machine fits it"])
    read = frozenset[int]().union(*(cell.devices for one in rules for cell in one.read))
    zone: tzinfo = ZoneInfo(config.workshop.timezone)
    times: list[Answer] = []
    last: dict[str, Answer] = {}  # of each rule
    with open_reader(Path(config.journal.path)) as reader:
        pieces = of_journal(Export(reader, zone, from_ns, to_ns), replay.engine.table, sorted(read))
        for event in replay.run(pieces):
            if event.kind == "alarm" and event.body["action"] == "raise":
                last[event.source] = {"ts": event.mono_ns / MS, "until_ts": None, "value": event.body["value"]}
                times.append(last[event.source])
            elif event.kind == "alarm" and event.source in last:
                last[event.source]["until_ts"] = event.mono_ns / MS
    return {
        "raised": len(times),
        "active_s": round(sum((one["until_ts"] or replay.last_ns / MS) - one["ts"] for one in times) / 1e3, 3),
        "rows": sum(replay.rows.values()),
        "from": replay.first_ns / MS,
        "to": replay.last_ns / MS,
        "times": times[-MOST_TIMES:],
        "text": _text(len(times), (replay.last_ns - replay.first_ns) / 3.6e12),
    }


def _text(times: int, hours: float) -> dict[str, str]:
    if hours < 48:
        span = (f"기록 {hours:.1f}시간", f"{hours:.1f} h of records")
    else:
        span = (f"기록 {hours / 24:.1f}일", f"{hours / 24:.1f} days of records")
    often = "once" if times == 1 else f"{times} times"
    return {"ko": f"{span[0]} 동안 {times}번 울렸을 거예요.", "en": f"In {span[1]} this would have raised {often}."}


class Trials:
    """One trial at a time, for the daemon."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._running = False

    async def run(self, rule: Answer, from_ns: int, to_ns: int) -> Answer:
        """Return the answer. Raises ConfigurationError, StorageFailed; RuntimeError while another one runs."""
        if self._running:
            raise RuntimeError("Another trial is running.")
        self._running = True
        try:
            question = {"config": str(self._path), "rule": rule, "from_ns": from_ns, "to_ns": to_ns}
            async with asyncio.timeout(MOST_S):
                answer = dict(await apart.ask(__name__, question))
        except TimeoutError:
            raise StorageFailed(f"It took more than {MOST_S:.0f} s: try a shorter time.") from None
        except apart.Failed as failed:
            raise StorageFailed(str(failed)) from failed
        finally:
            self._running = False
        if problems := answer.get("problems"):
            raise ConfigurationError(problems)
        if said := answer.get("failed"):
            raise StorageFailed(said)
        return answer


def _answer(question: Answer) -> Answer:
    try:
        rule = Rule.model_validate(question["rule"])
        return trial(load(question["config"]), rule, question["from_ns"], question["to_ns"])
    except ValidationError as error:
        wrong = error.errors(include_url=False)
        return {"problems": [f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in wrong]}
    except ConfigurationError as error:
        return {"problems": error.problems}
    except (StorageFailed, FileNotFoundError) as error:
        return {"failed": str(error)}


if __name__ == "__main__":
    apart.reply(_answer)
