"""The watches: the rules that each stands for mean something, and are not called as others are."""

from collections.abc import Iterator, Sequence

from gateway.config.messages import shown
from gateway.config.places import Path
from gateway.config.plant import Rule, Signal
from gateway.config.prune import Tree
from gateway.config.report import Report
from gateway.config.root import EdgeConfig
from gateway.config.watch import Watch
from gateway.language import ExpressionError, PointScope, parse_number, parse_truth
from gateway.wording import expressions


def check_watches(config: EdgeConfig, tree: Tree, scope: PointScope, sound: set[Path], report: Report) -> None:
    """Report what no watch can be made of. `sound` are the places of the expressions that could be read."""
    first = {rule.name: report.document.line(tree.place(("rules", i, "name"))) for i, rule in config.made_rules}
    signals = {one.name: report.document.line(tree.place(("signals", i, "name"))) for i, one in config.made_signals}
    for i, watch in config.made_watches:
        place = tree.place(("watch", i))
        _names(watch.name, watch.rules, (*place, "name"), first, report)
        _names(watch.name, watch.signals, (*place, "name"), signals, report)
        asked = [key for key in ("value", "during") if getattr(watch, key) is not None]
        if all((*place, key) in sound and not report.touches((*place, key)) for key in asked):
            _expressions(watch, (*place, "value"), scope, report)


def _names(watch: str, made: Sequence[Rule | Signal], place: Path, first: dict[str, int], report: Report) -> None:
    for one in made:
        if one.name in first and not report.touches(place):
            report.add(place, "duplicate_name", name=one.name, first=first[one.name], free=f"{watch}_watch")
        first.setdefault(one.name, report.document.line(place))


def _expressions(watch: Watch, place: Path, scope: PointScope, report: Report) -> None:
    """Report the first thing that the language says against the watch's rules: of what it watches, then."""
    try:
        for rule in watch.rules:
            for text in _truths(rule):
                parse_truth(text, scope)
            for text in expressions(rule.message.model_dump().values()):
                parse_number(text, scope)
    except ExpressionError as error:
        mend = error.mend or {"ko": "식을 고쳐 주세요", "en": "correct the expression"}
        report.add(
            place, "expression",
            what=(error.what["ko"].rstrip("."), error.what["en"].rstrip(".")),
            near=(f"식: {shown(watch.value)}", f"expression: {shown(watch.value)}"),
            mend=(mend["ko"].rstrip("."), mend["en"].rstrip(".")),
        )  # fmt: skip


def _truths(rule: Rule) -> Iterator[str]:
    yield rule.when
    if rule.until is not None:
        yield rule.until
