"""Scopes: what a program's token may be for. Each route has one, as each has a role."""

from typing import Final, Literal, get_args

# read: what a viewer sees. work: jobs, lists, corrections. people: names, pay, what each did.
Granted = Literal["read", "alarms", "outputs", "work", "labels", "people", "configuration"]
Scope = Literal[Granted, "door"]  # door: sessions, accounts, keys and the audit, which no program is given
GRANTED: Final = frozenset(get_args(Granted))
