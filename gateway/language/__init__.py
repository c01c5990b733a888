"""The expression language: text to a small checked tree. Nothing from a file ever reaches eval.

`parse`, `parse_truth` and `parse_number` check a text against a scope; `normalise` knows no scope. All raise
ExpressionError and nothing else.
"""

from gateway.language.check import Measured, parse, parse_number, parse_truth
from gateway.language.errors import ExpressionError
from gateway.language.normalise import normalise
from gateway.language.scope import PointScope, Resolved, Scope

__all__ = [
    "ExpressionError",
    "Measured",
    "PointScope",
    "Resolved",
    "Scope",
    "normalise",
    "parse",
    "parse_number",
    "parse_truth",
]
