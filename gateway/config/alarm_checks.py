"""What alarms and actions refer to: rules, steps that alarms escalate by, outputs, publishers, other actions."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any, Final

from gateway.config.actions import MqttAction, OutputAction
from gateway.config.messages import nearest, shown
from gateway.config.names import elements, text
from gateway.config.places import Path
from gateway.config.plant import Writing
from gateway.config.prune import Tree
from gateway.config.publish import MqttPublisher
from gateway.config.references import circles, writable
from gateway.config.report import Report
from gateway.config.root import EdgeConfig

RULE: Final = {"thing_ko": "규칙", "thing_en": "rule", "where": "rules"}
SIGNAL: Final = {"thing_ko": "계산한 값", "thing_en": "signal", "where": "signals"}
ACTION: Final = {"thing_ko": "할 일", "thing_en": "action", "where": "actions"}
BROKER: Final = {"thing_ko": "MQTT 보낼 곳", "thing_en": "MQTT publisher", "where": "publish"}


def check_alarms(config: EdgeConfig, tree: Tree, report: Report) -> None:
    """Report causes that are no rules or lead back, steps out of order, and actions that lead to nothing."""
    rules = [*_names(report, "rules"), *(rule.name for rule in config.all_rules)]
    signals = [*_names(report, "signals"), *(signal.name for signal in config.all_signals)]
    each = {rule.name for rule in config.rules if rule.for_each}  # no alarm has such a name
    heard = [name for name in rules if name not in each]
    edges: dict[str, list[str]] = {}
    places: dict[str, int] = {}
    for i, rule in enumerate(config.rules):
        edges.setdefault(rule.name, [name for name in rule.because_of if name in rules])
        places.setdefault(rule.name, i)
        _known(report, tree, ("rules", i, "because_of"), rule.because_of, rules, RULE)
        _steps(config, report, tree, i)
        _known(report, tree, ("rules", i, "resets"), rule.resets, signals, SIGNAL)
    for circle in circles(edges):
        place = tree.place(("rules", places[circle[0]], "because_of"))
        report.add(place, "because_circle", name=circle[0], circle=" → ".join([*circle, circle[0]]))
    for i, action in enumerate(config.actions):
        _known(report, tree, ("actions", i, "rules"), action.rules, heard, RULE)
        _action(config, report, tree, i)


def _steps(config: EdgeConfig, report: Report, tree: Tree, i: int) -> None:
    steps, actions = config.rules[i].escalate, _names(report, "actions")
    for j, step in enumerate(steps):
        _known(report, tree, ("rules", i, "escalate", j, "tell"), step.tell, actions, ACTION)
    for j, (before, after) in enumerate(pairwise(steps), 1):
        if after.after_s <= before.after_s:
            place = tree.place(("rules", i, "escalate", j, "after_s"))
            report.add(place, "step_too_early", value=after.after_s, before=before.after_s)


def _action(config: EdgeConfig, report: Report, tree: Tree, i: int) -> None:
    """An output may be written so, both ways; a broker is one of the publishers over MQTT."""
    action = config.actions[i]
    if isinstance(action, OutputAction):
        place = tree.place(("actions", i))
        writable(config, report, (*place, "output"), Writing(output=action.output, value=action.value))
        if not report.touches(place):
            writable(config, report, (*place, "rest"), Writing(output=action.output, value=action.rest))
    if isinstance(action, MqttAction):
        brokers = [part.name for part in config.publish if isinstance(part, MqttPublisher)]
        place = tree.place(("actions", i, "publisher"))
        if action.publisher not in brokers and not report.touches(("publish",)):
            fields = {"value": shown(action.publisher), "near": nearest(action.publisher, brokers)}
            report.add(place, "unknown_name", **fields, **BROKER)


def _names(report: Report, kind: str) -> list[str]:
    return [text(part, "name") or "" for _, part in elements(report.document.data, (kind,))]


def _known(
    report: Report, tree: Tree, path: Path, names: Sequence[str], known: Sequence[str], what: dict[str, Any]
) -> None:
    for j, name in enumerate(names):
        if name not in known:
            report.add(tree.place((*path, j)), "unknown_name", value=shown(name), near=nearest(name, known), **what)
