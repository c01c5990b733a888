"""What was said of jobs: a work order's operation set up, begun, ended, its pieces and scrap; and of tools changed.

`counted` are the pieces that the machine itself counted since the job began; its first ones (`first_pieces` at once)
came `first_after_ms` after the beginning, its last ones `last_before_ms` before this entry. `total` is what the machine
had counted when a tool was changed.
"""

from typing import Final

from gateway.work.entries import Shape
from gateway.work.projections.log import Log

JOBS: Final = Log(
    "work_jobs",
    "job",
    Shape(
        {"action": str, "order": str, "worker": str, "station": str},
        {
            "operation": str,
            "machine": str,
            "quantity": int,
            "scrap": int,
            "code": str,
            "counted": int,
            "first_after_ms": int,
            "first_pieces": int,
            "last_before_ms": int,
        },
    ),
    index="station",
)
TOOLS: Final = Log(
    "work_tools",
    "tool",
    Shape({"tool": str, "machine": str, "worker": str}, {"station": str, "total": int}),
    index="tool",
)
