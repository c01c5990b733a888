"""What goes beyond types. First on the raw data, which holds even what the types refused; then on the valid rest."""

from typing import Any

from gateway.config.alarm_checks import check_alarms
from gateway.config.for_each_checks import check_for_each
from gateway.config.formulas import check_formulas
from gateway.config.names import check_names
from gateway.config.prune import Tree
from gateway.config.references import check_references
from gateway.config.report import Report
from gateway.config.root import EdgeConfig
from gateway.config.wires import check_wires


def check_raw(data: dict[str, Any], report: Report) -> None:
    """Check names and wires: what can be judged piece by piece, whatever else is wrong."""
    check_names(data, report)
    check_wires(data, report)


def check(config: EdgeConfig, tree: Tree, report: Report) -> None:
    """Check what refers to something else: names, files, expressions."""
    check_references(config, tree, report)
    check_for_each(config, tree, report)
    check_formulas(config, tree, report)
    check_alarms(config, tree, report)
