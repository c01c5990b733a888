"""The whole of `edge_config.yaml`."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeVar

from pydantic import Field, SerializeAsAny, ValidationInfo, field_validator

from drivers.base import DriverConfig, Options
from drivers.registry import driver_config
from gateway.config.actions import ActionConfig, action_config
from gateway.config.backup import Backup
from gateway.config.for_each import OfEach, Speller, subjects
from gateway.config.label_design import LabelDesign
from gateway.config.meaning import with_meaning
from gateway.config.parts import Clock, Dashboard, Gateway, Journal, Station, Workshop
from gateway.config.plant import Machine, Rule, Signal
from gateway.config.printing import Printer
from gateway.config.publish import PublisherConfig, publisher_config
from gateway.config.shift import Shift
from gateway.config.start import Start
from gateway.config.watch import Watch, watch_config
from gateway.config.work import Work

AnyDriver = SerializeAsAny[DriverConfig]
AnyPublisher = SerializeAsAny[PublisherConfig]
Each = TypeVar("Each", bound=OfEach)
AnyWatch = SerializeAsAny[Watch]
AnyAction = SerializeAsAny[ActionConfig]


def spread(names: Iterable[str], meant: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    """Return all rules that are meant by these names; one that means none stays as it is, and is no rule."""
    return tuple(rule for name in names for rule in meant.get(name) or (name,))


class EdgeConfig(Options):
    """공방 하나의 설정. / The configuration of one workshop."""

    gateway: Gateway = Field(Gateway(), description="게이트웨이. / The gateway.")
    workshop: Workshop = Field(description="공방. / The workshop.")
    stations: tuple[Station, ...] = Field((), description="작업 자리. / The stations.")
    drivers: tuple[AnyDriver, ...] = Field((), description="연결. / The connections to devices.")
    machines: tuple[Machine, ...] = Field((), description="기계. / The machines.")
    signals: tuple[Signal, ...] = Field((), description="계산한 값. / The computed values.")
    rules: tuple[Rule, ...] = Field((), description="알람 규칙. / The rules.")
    shifts: tuple[Shift, ...] = Field(
        (),
        description="근무조. 비우면 날마다 day_start부터 day_end까지예요. / "
        "The shifts; without them every day from day_start to day_end.",
    )
    watch: tuple[AnyWatch, ...] = Field((), description="지켜보기. / What is watched without a rule of one's own.")
    work: Work = Field(Work(), description="작업 기록. / The work ledger.")
    start: Start = Field(Start(), description="처음 보여 줄 것들. / What the shop begins with.")
    actions: tuple[AnyAction, ...] = Field((), description="알람이 나면 할 일. / What is done about alarms.")
    printers: tuple[Printer, ...] = Field((), description="프린터. / The printers.")
    labels: tuple[LabelDesign, ...] = Field((), description="표의 모양. / How labels look.")
    publish: tuple[AnyPublisher, ...] = Field((), description="보낼 곳. / Where things are published.")
    backup: tuple[Backup, ...] = Field(
        (), description="카드 밖의 백업. / Where copies of the journal go, off the card."
    )
    dashboard: Dashboard = Field(Dashboard(), description="화면. / The dashboard.")
    journal: Journal = Field(Journal(), description="기록. / The journal.")
    clock: Clock = Field(Clock(), description="시계. / The clock.")

    @field_validator("drivers", mode="before")
    @classmethod
    def _drivers_by_type(cls, value: Sequence[Any]) -> Sequence[Any]:
        """Turn each driver's mapping into the config class that its `type` names; the loader reports what fails."""
        return [driver_config(part) if isinstance(part, dict) else part for part in value]

    @field_validator("labels")
    @classmethod
    def _each_once(cls, labels: tuple[LabelDesign, ...]) -> tuple[LabelDesign, ...]:
        """Refuse two looks of one label."""
        names = [label.name for label in labels]
        if again := next((name for name in names if names.count(name) > 1), None):
            raise ValueError(f"{again}이(가) 두 번 있어요. 하나를 지워 주세요. / {again} is there twice: remove one")
        return labels

    @field_validator("machines")
    @classmethod
    def _states_of_the_device(cls, machines: tuple[Machine, ...], found: ValidationInfo) -> tuple[Machine, ...]:
        """Give each machine that names its device alone the states (and the counter) that the profile knows."""
        drivers = found.data.get("drivers", ())
        return tuple(with_meaning(machine, drivers) for machine in machines)

    @field_validator("publish", mode="before")
    @classmethod
    def _publishers_by_type(cls, value: Sequence[Any]) -> Sequence[Any]:
        """Turn each publisher's mapping into the config class that its `type` names, likewise."""
        return [publisher_config(part) if isinstance(part, dict) else part for part in value]

    @field_validator("actions", mode="before")
    @classmethod
    def _actions_by_type(cls, value: Sequence[Any]) -> Sequence[Any]:
        """Turn each action's mapping into the config class that its `type` names, likewise."""
        return [action_config(part) if isinstance(part, dict) else part for part in value]

    @field_validator("watch", mode="before")
    @classmethod
    def _watches_by_type(cls, value: Sequence[Any]) -> Sequence[Any]:
        """Turn each watch's mapping into the config class that its `type` names, likewise."""
        return [watch_config(part) if isinstance(part, dict) else part for part in value]

    # not cached: a copy with other rules would go on with these
    @property
    def made_rules(self) -> tuple[tuple[int, Rule], ...]:
        """Return the rules with their places in `rules`; those with `for_each` once for each."""
        made, each = self._made(self.rules), [rule.name for rule in self.rules if rule.for_each]
        names = {name: [one.name for i, one in made if self.rules[i].name == name] for name in each}
        return tuple((i, _caused(one, names)) for i, one in made)

    @property
    def made_signals(self) -> tuple[tuple[int, Signal], ...]:
        """Return the signals, likewise."""
        return self._made(self.signals)

    @property
    def made_watches(self) -> tuple[tuple[int, Watch], ...]:
        """Return the watches, likewise."""
        return self._made(self.watch)

    def _made(self, parts: tuple[Each, ...]) -> tuple[tuple[int, Each], ...]:
        all_parts: tuple[OfEach, ...] = (*self.rules, *self.signals, *self.watch)
        written = [one.name for one in all_parts if one.for_each is not None]
        found: list[tuple[int, Each]] = []
        for place, one in enumerate(parts):
            if one.for_each is None:
                found.append((place, one))
            else:
                meant = subjects(one.for_each, self.drivers, self.machines)
                found += [(place, one.made_for(Speller(subject, written))) for subject in meant]
        return tuple(found)

    @property
    def all_rules(self) -> tuple[Rule, ...]:
        """Return all rules that there are, and those that the watches stand for."""
        meant = self.meant
        made = [rule for _, rule in self.made_rules]
        made += [rule for _, watch in self.made_watches for rule in watch.rules]
        return tuple(
            rule.model_copy(update={"because_of": spread(rule.because_of, meant)}) if rule.because_of else rule
            for rule in made
        )

    @property
    def meant(self) -> Mapping[str, Sequence[str]]:
        """Return the rules by the name that is written: of one with `for_each`, and of a watch, all that there are."""
        found: dict[str, list[str]] = {}
        for place, rule in self.made_rules:
            found.setdefault(self.rules[place].name, []).append(rule.name)
        for place, watch in self.made_watches:
            found.setdefault(self.watch[place].name, []).extend(rule.name for rule in watch.rules)
        return found

    @property
    def all_signals(self) -> tuple[Signal, ...]:
        """Return all signals that there are, and those that the watches stand for."""
        made = [signal for _, signal in self.made_signals]
        return tuple(made + [signal for _, watch in self.made_watches for signal in watch.signals])


def _caused(rule: Rule, made: Mapping[str, Sequence[str]]) -> Rule:
    """Return a rule whose causes are rules that there are: a cause that is made for each is any of those."""
    if made.keys().isdisjoint(rule.because_of):
        return rule
    causes = [one for name in rule.because_of for one in made.get(name, (name,))]
    return rule.model_copy(update={"because_of": tuple(causes)})
