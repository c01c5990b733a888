"""What rules' alarms refer to: the rules that they follow from, and the steps that they escalate by."""

from itertools import pairwise
from typing import Any

from gateway.config.messages import nearest, shown
from gateway.config.names import elements, text
from gateway.config.prune import Tree
from gateway.config.references import circles
from gateway.config.report import Report
from gateway.config.root import EdgeConfig


def check_alarms(config: EdgeConfig, tree: Tree, report: Report) -> None:
    """Report causes that are no rules or lead back, and steps out of order."""
    known = [text(rule, "name") or "" for _, rule in elements(report.document.data, ("rules",))]
    edges: dict[str, list[str]] = {}
    places: dict[str, int] = {}
    for i, rule in enumerate(config.rules):
        edges.setdefault(rule.name, [name for name in rule.because_of if name in known])
        places.setdefault(rule.name, i)
        for j, name in enumerate(rule.because_of):
            if name not in known:
                fields: dict[str, Any] = {"thing_ko": "규칙", "thing_en": "rule", "where": "rules"}
                place = tree.place(("rules", i, "because_of", j))
                report.add(place, "unknown_name", value=shown(name), near=nearest(name, known), **fields)
        for j, (before, after) in enumerate(pairwise(rule.escalate), 1):
            if after.after_s <= before.after_s:
                place = tree.place(("rules", i, "escalate", j, "after_s"))
                report.add(place, "step_too_early", value=after.after_s, before=before.after_s)
    for circle in circles(edges):
        place = tree.place(("rules", places[circle[0]], "because_of"))
        report.add(place, "because_circle", name=circle[0], circle=" → ".join([*circle, circle[0]]))
