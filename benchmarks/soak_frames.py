"""Every parser against random and mutated inputs: typed errors only, no growth, and no input that takes long."""

import argparse
import json
import random
import resource
import sys
import time
from collections.abc import Iterator, Sequence

from rig import emit
from soak_parsers import PARSERS, Parser

MOST_GROWTH_KB = 16_384
MOST_INPUT_S = 1.0  # for one input; the machine may have other things to do
WARM = 10  # a tenth of the inputs comes before growth counts


def mutated(samples: Sequence[bytes], dice: random.Random) -> bytes:
    """Return one of the samples with some wrong in it, two of them joined, or bytes that never were right."""
    data = bytearray(dice.choice(samples))
    for _ in range(1 + int(dice.random() * 4)):
        at = int(dice.random() * (len(data) + 1))
        match int(dice.random() * 8):
            case 0:
                data[at:at] = bytes([int(dice.random() * 256)])
            case 1:
                del data[at : at + 1 + int(dice.random() * 4)]
            case 2 if at < len(data):
                data[at] ^= 1 << int(dice.random() * 8)
            case 3:
                del data[at:]
            case 4:
                data[at:at] = dice.choice(samples)
            case 5:
                data[at:at] = data[at : at + 8] * (1 + int(dice.random() * 8))
            case 6:
                data[at : at + 1] = dice.choice((b"\x00", b"\xff", b"\r", b"\n", b"\x1d", b"9", b"-", b'"', b"["))
            case _:
                return dice.randbytes(int(dice.random() * 64))
    return bytes(data)


def inputs(parser: Parser, count: int, dice: random.Random) -> Iterator[bytes]:
    """Yield the right samples first, then so many wrong ones."""
    yield from parser.samples
    for _ in range(count):
        yield mutated(parser.samples, dice)


def attack(name: str, parser: Parser, count: int, seed: int) -> list[str]:
    """Feed a parser; return what was not as promised, with the input that shows it."""
    feed, wrong, slowest_s, before_kb = parser.make(), [], 0.0, 0
    for number, data in enumerate(inputs(parser, count, random.Random(f"{seed}:{name}"))):
        if number == count // WARM:
            before_kb = _peak_kb()
        began_s = time.thread_time()
        try:
            feed(data)
        except parser.may_raise:
            pass
        except Exception as error:  # noqa: BLE001 - what is looked for
            wrong.append(f"{name}: {type(error).__name__}: {error}: {data!r}")
            if len(wrong) > 5:
                break
        slowest_s = max(slowest_s, time.thread_time() - began_s)
    growth_kb = _peak_kb() - before_kb
    if growth_kb > MOST_GROWTH_KB:
        wrong.append(f"{name}: {growth_kb} kB more memory")
    if slowest_s > MOST_INPUT_S:
        wrong.append(f"{name}: one input took {slowest_s:.2f} s")
    emit(f"soak.frames_{name}_wrong", len(wrong), "1", inputs=count, slowest_ms=round(1e3 * slowest_s, 2))
    return wrong


def _peak_kb() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def main(arguments: Sequence[str] | None = None) -> int:
    """Attack all parsers, or those whose names begin so; 1 when one of them did what it must not."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--inputs", type=int, default=1_000_000, help="for each parser")
    parser.add_argument("--parser", default="", help=", ".join(PARSERS))
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 32), help="the same number, the same inputs")
    options = parser.parse_args(arguments)
    print(json.dumps({"seed": options.seed, "inputs": options.inputs}), flush=True)
    chosen = {name: one for name, one in PARSERS.items() if name.startswith(options.parser)}
    wrong = [what for name, one in chosen.items() for what in attack(name, one, options.inputs, options.seed)]
    print("\n".join(wrong), end="", file=sys.stderr)
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main())
