"""The command `gongbang`: finds the subcommand, imports it alone, turns errors into exit codes."""

import argparse
import os
import signal
import sys
from collections.abc import Sequence
from difflib import get_close_matches
from importlib import import_module
from typing import Any, NoReturn

from gateway.commands.arguments import ARGUMENTS

# One thread is enough for arrays this small, and each of OpenBLAS's threads would keep megabytes.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

COMMANDS = {
    "demo": "시험 공방을 열어 봐요. / A simulated workshop: real protocols, dashboard, MQTT.",
    "init": "업종에 맞는 새 설정을 써요. / A new configuration for a trade, to begin with.",
    "run": "게이트웨이를 돌려요. / Run the gateway.",
    "check": "설정을 확인해요. / Check a configuration: every error at once.",
    "discover": "꽂혀 있는 것을 찾아 설정을 제안해요. / Find what is plugged in, and propose its configuration.",
    "probe": "장치 하나를 읽어 봐요. / Read one driver or device and show its values.",
    "record": "기기의 답을 기종 파일의 프레임으로 적어요. / Write a device's replies as the frames of a profile.",
    "write": "출력에 값을 써요: 경광등, 릴레이, 설정값. / Write an output: a lamp, a relay, a setpoint.",
    "doctor": "잘못될 만한 것을 모두 살펴요. / Everything that can be wrong, in one page, with the mend.",
    "explain": "규칙이 왜 켜졌는지 보여요. / Why a rule is active, or is not.",
    "replay": "지난 하루를 규칙에 다시 돌려 봐요. / A recorded day through the rules.",
    "oee": "기계의 가동률과 성능을 셈해요. / OEE of the machines, from the journal.",
    "report": "일보와 공임 명세서를 만들어요. / Shift and day reports, wage slips, the pack of evidence.",
    "label": "라벨을 보고 찍어요. / See labels, and print them.",
    "import": "엑셀이나 CSV의 표를 넣어요. / Lists from a spreadsheet: operations, rates, orders, workers.",
    "export": "표를 파일로 꺼내요. / Lists, and the ledger, into a spreadsheet.",
    "journal": "기록을 보고 확인해요. / Look into the journal, and verify it.",
    "https": "HTTPS를 켜고, 기기들이 믿을 지문을 보여요. / HTTPS on or off, and the fingerprint that devices show.",
    "backup": "카드 밖의 백업을 보고, 만들고, 확인해요. / Copies of the journal off the card.",
    "restore": "백업을 새 카드에 되살려요. / A copy becomes the journal of a new card.",
    "center": "지원센터를 열어요. / The support center: takes the shops' journals in and shows them all.",
}
# The center is a part of its own beside the gateway, named here and never imported; `import` is no module's name.
ELSEWHERE = {
    "center": "center.command",
    "import": "gateway.commands.lists_in",
    "export": "gateway.commands.lists_out",
}
WELL, FAILED, USAGE = 0, 1, 2


class Parser(argparse.ArgumentParser):
    """An argument parser that speaks both languages where the shop's people look: titles, help and wrong usage."""

    def __init__(self, **options: Any) -> None:
        super().__init__(add_help=False, **options)
        self._positionals.title = "인자 / arguments"
        self._optionals.title = "선택지 / options"
        self.add_argument("-h", "--help", action="help", help="이 도움말을 보여요. / Show this help.")

    def error(self, message: str) -> NoReturn:
        """Say what is wrong and where the help is; exit 2."""
        self.print_usage(sys.stderr)
        self.exit(USAGE, f"잘못 썼어요. / Wrong usage: {message}\n→ {self.prog} --help\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and return its exit code: 0 well, 1 failed, 2 configuration or usage."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    if words and not words[0].startswith("-") and words[0] not in COMMANDS:
        near = get_close_matches(words[0], COMMANDS, 1) or [", ".join(COMMANDS)]
        print(f"{words[0]}: 그런 명령이 없어요. / no such command. {near[0]}?", file=sys.stderr)
        return USAGE
    if not words:
        _parser().print_help(sys.stderr)
        return USAGE
    options = _parser().parse_args(words)
    if options.command == "run":
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGHUP})  # it waits until the daemon can reload
    from gateway.errors import ConfigurationError

    try:
        module = ELSEWHERE.get(options.command, f"gateway.commands.{options.command}")
        code: int = import_module(module).run(options)
        sys.stdout.flush()  # here, where a reader that has gone is known
    except ConfigurationError as error:
        print("\n".join(error.problems), file=sys.stderr)
        return USAGE
    except BrokenPipeError:  # `gongbang journal tail | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return WELL
    except KeyboardInterrupt:
        return 130
    return code


def _parser() -> argparse.ArgumentParser:
    from gateway.version import VERSION

    parser = Parser(prog="gongbang", description="작은 공방의 게이트웨이. / The edge gateway for small workshops.")
    parser.add_argument("--version", action="version", version=f"gongbang {VERSION}", help="판. / The version.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND", title="명령 / commands")
    for name, summary in COMMANDS.items():
        command = commands.add_parser(name, help=summary, description=summary)
        ARGUMENTS[name](command)
    return parser


if __name__ == "__main__":
    sys.exit(main())
