"""What is scanned in the simulated shop: bundles go through the route, and people make the mistakes that people make.

Pure: seeded streams of (seconds until, scanner, code), one of the people and one of each belt. The first minute of the
people shows every answer once. Where there is a camera, the last operation of the route is done at its belt.
"""

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from random import Random

from barcodes.ticket import Badge, Command, Coupon, encode
from gateway.config.work import Operation, Work

BOTTLE = b"8801056150013"  # the EAN of a drink: somebody scans his bottle
MENU = b"https://example.org/menu"  # a QR code that somebody has in his pocket
OPEN_BUNDLES = 6
FIRST_GUEST = 417  # the bundles of other lines, which are packed here too, are J0417 and so on


@dataclass(frozen=True, slots=True)
class Planned:
    """A scan to come: `after_s` seconds after the one before."""

    after_s: float
    scanner: str
    raw: bytes


@dataclass(slots=True)
class Bundle:
    """A bundle on its way; `done` are the codes of the operations that were recorded."""

    serial: str
    quantity: int
    done: list[str] = field(default_factory=list)

    def coupon(self, operation: Operation) -> bytes:
        """Return the code of one of its coupons."""
        return encode(Coupon(self.serial, operation.code, self.quantity)).encode()


class Floor:
    """The people at the scanners, and what lies on the belts under the cameras."""

    def __init__(
        self, work: Work, scanners: list[str], seed: int = 17, first_bundle: int = 231, cameras: Sequence[str] = ()
    ) -> None:
        self._rng, self._belt_rng = Random(seed), Random(seed + 1)
        self._workers, self._scanners = work.workers, scanners
        by_hand = len(work.operations) - bool(cameras)
        self._operations, self._at_the_belt = work.operations[:by_hand], work.operations[by_hand:]
        self._next_bundle, self._next_guest = first_bundle, FIRST_GUEST
        self._bundles: list[Bundle] = []
        self._finished: deque[Bundle] = deque(maxlen=OPEN_BUNDLES)  # they wait for the belt

    def scans(self) -> Iterator[Planned]:
        """Yield the day's scans, for ever; none where there is no scanner, worker or operation."""
        if not (self._scanners and self._workers and self._operations):
            return
        self._refill()
        yield from self._first_minute()
        while True:
            after_s = self._rng.uniform(3.0, 5.0)
            scanner = self._scanners[0] if self._rng.random() < 0.7 else self._rng.choice(self._scanners)
            yield Planned(after_s, scanner, self._something())

    def labels(self, camera: str) -> Iterator[Planned]:
        """Yield what lies on the belt under a camera, for ever; none where nobody packs.

        The packer's badge comes first, and now and then again. Then bundles, finished ones of this line before those
        of others; rarely one comes twice, or a box with nothing but a foreign code.
        """
        if not (self._at_the_belt and self._workers):
            return
        yield Planned(1.0, camera, self._badge(-1))
        last = self._packed()
        yield Planned(2.0, camera, last)
        while True:
            after_s, chance = self._belt_rng.uniform(3.0, 4.0), self._belt_rng.random()
            if chance < 0.04:
                yield Planned(after_s, camera, self._badge(-1))
            elif chance < 0.07:
                yield Planned(after_s, camera, MENU)
            elif chance < 0.11:
                yield Planned(after_s, camera, last)
            else:
                yield Planned(after_s, camera, last := self._packed())

    def _packed(self) -> bytes:
        """Return the coupon of the bundle that is packed next."""
        if self._finished:
            return self._finished.popleft().coupon(self._at_the_belt[0])
        self._next_guest += 1
        return Bundle(f"J{self._next_guest - 1:04d}", self._belt_rng.choice((15, 20, 30))).coupon(self._at_the_belt[0])

    def _first_minute(self) -> Iterator[Planned]:
        """Badges first; then work, with a duplicate, a wrong order, an unknown code and an undo among it."""
        scanner, bundle, early = self._scanners[0], self._bundles[0], self._bundles[1]
        for n, name in enumerate(self._scanners):
            yield Planned(1.5, name, self._badge(n))
        first = bundle.coupon(self._operations[0])
        yield Planned(3.0, scanner, self._work(bundle))
        yield Planned(3.5, scanner, self._work(bundle))
        yield Planned(3.5, scanner, first)  # a duplicate
        later = [operation for operation in self._operations if operation.after]
        if later:
            yield Planned(4.0, scanner, early.coupon(later[-1]))  # a wrong order
        yield Planned(4.0, scanner, BOTTLE)  # unknown
        yield Planned(4.0, scanner, self._work(bundle))
        yield Planned(3.0, scanner, encode(Command("UNDO")).encode())
        undone = next(operation for operation in self._operations if operation.code == bundle.done[-1])
        yield Planned(3.5, scanner, bundle.coupon(undone))

    def _something(self) -> bytes:
        """Return the next code: mostly work in order, sometimes a mistake."""
        chance = self._rng.random()
        bundle = self._rng.choice(self._bundles)
        if chance < 0.05:
            return self._badge(self._rng.randrange(len(self._workers)))
        if chance < 0.10 and bundle.done:
            return bundle.coupon(self._operation(self._rng.choice(bundle.done)))
        if chance < 0.14:
            early = [o for o in self._operations if o.code not in bundle.done and not self._may(bundle, o)]
            if early:
                return bundle.coupon(self._rng.choice(early))
        if chance < 0.17:
            return self._rng.choice((BOTTLE, b"w-0101-2", b"B-0231-FRONT-20-0", MENU))
        return self._work(bundle)

    def _work(self, bundle: Bundle) -> bytes:
        """Return the coupon of the operation that this bundle may have next; a finished one makes room for a new."""
        ready = [o for o in self._operations if o.code not in bundle.done and self._may(bundle, o)]
        operation = ready[0]
        bundle.done.append(operation.code)
        if len(bundle.done) == len(self._operations):
            self._bundles.remove(bundle)
            self._finished.append(bundle)
            self._refill()
        return bundle.coupon(operation)

    def _may(self, bundle: Bundle, operation: Operation) -> bool:
        return all(code in bundle.done for code in operation.after)

    def _operation(self, code: str) -> Operation:
        return next(operation for operation in self._operations if operation.code == code)

    def _badge(self, n: int) -> bytes:
        return encode(Badge(int(self._workers[n % len(self._workers)].badge))).encode()

    def _refill(self) -> None:
        while len(self._bundles) < OPEN_BUNDLES:
            self._bundles.append(Bundle(f"{self._next_bundle:04d}", self._rng.choice((15, 20, 20, 30))))
            self._next_bundle += 1
