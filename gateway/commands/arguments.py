"""What each subcommand of `gongbang` takes: its arguments, with their help in both languages."""

import argparse
import os
from typing import Final

HERE, INSTALLED = "edge_config.yaml", "/etc/gongbang/edge_config.yaml"
_TRADES = ("sewing", "metal", "jewellery", "shoes", "printing", "print")


def _port(text: str) -> int:
    """Return a port that a server can have; argparse tells what is wrong with another."""
    if text.isdecimal() and 1 <= int(text) <= 65535:
        return int(text)
    raise argparse.ArgumentTypeError(f"포트는 1부터 65535까지예요. / A port is 1 to 65535: {text}")


def _positive(text: str) -> float:
    """Return a number above zero."""
    try:
        number = float(text)
    except ValueError:
        number = 0.0
    if 0 < number < float("inf"):
        return number
    raise argparse.ArgumentTypeError(f"0보다 큰 수를 넣어 주세요. / A number above 0: {text}")


def _count(text: str) -> int:
    """Return a whole number from 1 to 1000."""
    if text.isdecimal() and 1 <= int(text) <= 1000:
        return int(text)
    raise argparse.ArgumentTypeError(f"1부터 1000까지의 정수를 넣어 주세요. / A whole number, 1 to 1000: {text}")


def _size(text: str) -> tuple[float, float]:
    """Return a label's width and height in mm, as 60x40."""
    width, _, height = text.lower().partition("x")
    return _positive(width), _positive(height)


def _usual_config() -> str:
    """Return the configuration of this folder, else the installed one: in the shop nobody knows where it lies."""
    return INSTALLED if os.path.exists(INSTALLED) and not os.path.exists(HERE) else HERE


def _config(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "-c", "--config", default=_usual_config(), metavar="FILE", help="설정 파일. / The configuration."
    )


def _json(command: argparse.ArgumentParser) -> None:
    command.add_argument("--json", action="store_true", help="프로그램이 읽는 꼴로. / For programs to read.")


def _user(command: argparse.ArgumentParser) -> None:
    command.add_argument("--user", default=None, help="로그인할 이름. / Log in to the gateway as this user.")


def _demo(command: argparse.ArgumentParser) -> None:
    command.add_argument("--port", type=_port, default=8080, help="화면의 포트. / The dashboard's port.")
    command.add_argument("--mqtt-port", type=_port, default=1883, help="MQTT 브로커의 포트. / The broker's port.")
    command.add_argument(
        "--for-s", type=_positive, default=None, help="이 시간(초) 뒤에 끝나요. / End after so many seconds."
    )
    command.add_argument(
        "--speed", type=_positive, default=1.0, help="공방의 시간이 몇 배로 흐를지. / How fast the shop lives."
    )
    command.add_argument(
        "--ready-s", type=_positive, default=60.0, help="준비될 때까지 기다리는 시간(초). / Seconds to become ready in."
    )
    command.add_argument("-c", "--config", default=None, metavar="FILE", help="공방의 설정. / The shop's file.")
    command.add_argument(
        "--trade", choices=_TRADES, default=None, help="업종의 시험 공방. / The simulated shop of a trade."
    )


def _init(command: argparse.ArgumentParser) -> None:
    command.add_argument("--trade", choices=_TRADES, required=True, help="업종. / The trade.")
    command.add_argument("-c", "--config", default=HERE, metavar="FILE", help="새 설정 파일. / The file to write.")
    command.add_argument("--id", default=None, help="공방의 이름표(소문자, 숫자, -). / The workshop's id.")
    command.add_argument("--name", default=None, help="화면에 보이는 공방 이름. / The name on the screen.")
    command.add_argument("--force", action="store_true", help="있던 파일을 덮어써요. / Write over a file.")


def _run(command: argparse.ArgumentParser) -> None:
    _config(command)
    command.add_argument("--verbose", action="store_true", help="자세히 적어요. / Log more.")


def _check(command: argparse.ArgumentParser) -> None:
    command.add_argument("file", nargs="?", default=None, metavar="FILE", help="설정 파일. / The configuration.")
    command.add_argument("-c", "--config", default=_usual_config(), metavar="FILE", help=argparse.SUPPRESS)
    command.add_argument("--language", choices=("ko", "en"), default=None, help="말. / The messages' language.")
    _json(command)


def _discover(command: argparse.ArgumentParser) -> None:
    _config(command)
    command.add_argument(
        "--port", action="append", default=[], metavar="PATH", help="이 포트만. / This serial port only; several times."
    )
    command.add_argument(
        "--network",
        nargs="?",
        const="own",
        default=None,
        metavar="A.B.C.D/N",
        help="이 망(비우면 우리 망)에서 Modbus TCP도. / Modbus TCP in this network too; left out: our own.",
    )
    command.add_argument("--tcp-port", type=_port, default=502, help="Modbus TCP의 포트. / Its port.")
    command.add_argument("--every-unit", action="store_true", help="국번 1-247 모두. / All units, 1 to 247: minutes.")
    command.add_argument(
        "--listen-s",
        type=_positive,
        default=20.0,
        help="스캐너, 저울을 기다리는 초. / Seconds for scanners, scales.",
    )
    command.add_argument("--write", action="store_true", help="묻지 않고 설정에 적어요. / Write without asking.")
    _json(command)


def _probe(command: argparse.ArgumentParser) -> None:
    _config(command)
    command.add_argument("name", help="연결이나 장치의 이름. / The name of a driver or device.")
    command.add_argument("--for-s", type=_positive, default=5.0, help="이만큼(초) 읽어요. / Seconds to read.")
    _json(command)


def _record(command: argparse.ArgumentParser) -> None:
    _config(command)
    command.add_argument(
        "name", nargs="?", default=None, help="설정에 있는 기기 이름. / The name of a device in the configuration."
    )
    command.add_argument("--host", default=None, help="설정 없이: Modbus TCP 주소. / Without one: a Modbus TCP host.")
    command.add_argument("--tcp-port", type=_port, default=502, metavar="PORT", help="TCP 포트. / Its port.")
    command.add_argument("--serial", default=None, metavar="PORT", help="설정 없이: 시리얼 포트. / Or a serial port.")
    command.add_argument("--baudrate", type=int, default=9600, help="통신 속도. / Its speed, bits a second.")
    command.add_argument("--parity", choices=("none", "even", "odd"), default="none", help="패리티. / Its parity.")
    command.add_argument("--stop-bits", type=int, choices=(1, 2), default=1, help="정지 비트. / Its stop bits.")
    command.add_argument("--unit", type=int, default=1, help="국번. / The unit id.")
    command.add_argument("--profile", default=None, help="기종. / The profile whose points are read.")
    command.add_argument(
        "--read",
        action="append",
        default=[],
        metavar="TABLE:ADDRESS:COUNT",
        help="읽을 레지스터, 예: input:100:4. 여러 번 써요. / Registers to read; may be given again.",
    )
    command.add_argument("-o", "--output", default=None, metavar="FILE", help="이 새 파일에. / Into this new file.")


def _write(command: argparse.ArgumentParser) -> None:
    command.add_argument("output", help="쓸 출력, 기기.출력. / The output, device.output.")
    command.add_argument("value", help="쓸 값, 또는 그 이름. / The value, or its name among the choices.")
    _config(command)
    _user(command)
    _json(command)


def _doctor(command: argparse.ArgumentParser) -> None:
    _config(command)
    command.add_argument(
        "--send", default=None, metavar="ACTION", help="이 알림을 시험으로 보내요. / Do this action for a test."
    )
    command.add_argument(
        "--bundle", default=None, metavar="ZIP", help="비밀을 뺀 진단 묶음을 써요. / The diagnostic bundle, no secrets."
    )
    _user(command)
    _json(command)


def _explain(command: argparse.ArgumentParser) -> None:
    command.add_argument("rule", nargs="?", default=None, help="규칙 이름; 없으면 목록. / A rule; without it, all.")
    _config(command)
    _json(command)


def _replay(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "file", nargs="*", help="CSV나 Parquet 파일; 없으면 이 공방의 기록. / Files; without any, this shop's journal."
    )
    _config(command)
    command.add_argument("--from", dest="from_", metavar="TIME", help="이때부터. / From here on.")
    command.add_argument("--to", metavar="TIME", help="이때까지(날짜면 그날 끝까지). / Until then, or that day's end.")
    command.add_argument("--kind", action="append", default=[], help="이 종류만: alarm, state. / Only these kinds.")
    _json(command)


def _oee(command: argparse.ArgumentParser) -> None:
    command.add_argument("machine", nargs="?", default=None, help="기계 이름; 없으면 모두. / A machine; else all.")
    _config(command)
    command.add_argument(
        "--from", dest="from_", metavar="TIME", help="이때부터; 없으면 오늘. / From here on; else today."
    )
    command.add_argument("--to", metavar="TIME", help="이때까지(날짜면 그날 끝까지). / Until then, or that day's end.")
    _json(command)


def _report(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "kind",
        choices=("day", "shift", "pay", "evidence", "verify"),
        help="day: 일보, shift: 근무조, pay: 공임 명세서, evidence: 증빙 묶음, verify: 묶음 확인. / "
        "A day's report, a shift's, wage slips, the pack of evidence, or look whether a pack is as it was made.",
    )
    command.add_argument("file", nargs="?", default=None, metavar="FILE", help="verify: 묶음 파일. / The pack.")
    _config(command)
    command.add_argument(
        "--from",
        dest="from_",
        metavar="DAY",
        help="이날부터(today도 돼요); 없으면 오늘, 공임은 지난달. / From this day on; today will do.",
    )
    command.add_argument("--to", metavar="DAY", help="이날까지. / Up to this day, which is in it.")
    command.add_argument(
        "--baseline", default=None, metavar="DAY", help="evidence: 이날부터 4주가 기준. / Four weeks from here on."
    )
    command.add_argument("--shift", default=None, metavar="NAME", help="근무조 이름. / The shift's name.")
    command.add_argument("--workers", action="store_true", help="작업자별로도. / Each worker's figures, too.")
    command.add_argument("--language", choices=("ko", "en"), default=None, help="말; 없으면 공방의 말. / The language.")
    command.add_argument(
        "--format", choices=("pdf", "xlsx", "csv", "json"), default="pdf", help="파일의 꼴. / What file."
    )
    command.add_argument("-o", "--output", default=None, metavar="FILE", help="이 새 파일에. / Into this new file.")


def _journal(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "action",
        choices=("stats", "tail", "verify", "export", "dead", "redrive"),
        help="stats: 크기와 수, tail: 마지막 일, verify: 모두 확인, export: 표로, dead: 거절된 것, "
        "redrive: 다시 보내기. / "
        "sizes, the latest events, check every row, write a table, what was refused, send that again.",
    )
    command.add_argument(
        "publisher", nargs="?", default=None, help="dead, redrive: 보내는 곳의 이름. / The publisher's name."
    )
    _config(command)
    command.add_argument("--path", default=None, metavar="FILE", help="기록 파일. / The journal; else the config's.")
    command.add_argument("--limit", type=int, default=20, help="몇 줄. / How many rows.")
    command.add_argument("--kind", default=None, help="이 종류만. / Only this kind of event.")
    command.add_argument("--samples", action="store_true", help="일 말고 측정값을. / Export samples, not events.")
    command.add_argument("--device", default=None, help="이 장치만 꺼내요. / Export this device or source only.")
    command.add_argument("--from", dest="from_", metavar="TIME", help="이때부터 꺼내요. / Export from here on.")
    command.add_argument("--to", metavar="TIME", help="이때까지(날짜면 그날 끝까지). / Until then, or that day's end.")
    command.add_argument("-o", "--output", metavar="FILE", help="화면 말고 이 새 파일에. / Into this new file.")
    _user(command)
    _json(command)


# gateway.tables.layout, which is not loaded for the help
LISTS: tuple[str, ...] = ("workers", "operations", "styles", "routes", "rates", "orders", "bundles")
LISTS += ("defect_codes", "reason_codes", "equipment", "bookings")


def _import(command: argparse.ArgumentParser) -> None:
    command.add_argument("file", metavar="FILE", help="엑셀(xlsx)이나 CSV 파일. / A workbook or a CSV file.")
    command.add_argument(
        "--kind", choices=LISTS, default=None, help="어느 표인지; 없으면 알아봐요. / Which list it is."
    )
    command.add_argument(
        "--bundle-of",
        type=_count,
        default=None,
        metavar="N",
        help="새 작지를 N개씩 묶어요. / Bundles of N for new orders.",
    )
    command.add_argument("--yes", action="store_true", help="묻지 않고 넣어요. / Take it without asking.")
    command.add_argument(
        "--good-rows", action="store_true", help="틀린 줄은 빼고 넣어요. / Take the rows without a problem."
    )
    _config(command)
    _user(command)
    _json(command)


def _export(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "what",
        choices=(*LISTS, "all", "lines", "scans", "share"),
        help="어느 표. all: 모두, lines: 실적, scans: 스캔, share: 제조데이터. / "
        "Which list; all of them; the ledger's lines or scans; data for a centre.",
    )
    command.add_argument("-o", "--output", required=True, metavar="FILE", help="이 새 파일에. / Into this new file.")
    command.add_argument("--cp949", action="store_true", help="옛 엑셀을 위한 CSV. / CSV for old spreadsheets.")
    command.add_argument("--lossy", action="store_true", help="CP949로 못 적는 글자는 ?로. / ? for what it lacks.")
    command.add_argument("--from", dest="from_", metavar="TIME", help="이때부터. / From here on.")
    command.add_argument("--to", metavar="TIME", help="이때까지(날짜면 그날 끝까지). / Until then, or that day's end.")
    _config(command)


def _backup(command: argparse.ArgumentParser) -> None:
    command.add_argument("name", nargs="?", default=None, help="백업 이름; 없으면 모두. / A backup; else all.")
    _config(command)
    command.add_argument("--now", action="store_true", help="지금 만들어요. / Make a copy now.")
    command.add_argument(
        "--verify", default=None, metavar="FILE", help="이 파일을 되살려 봐요. / Restore this copy for a test."
    )
    _key(command)
    _user(command)
    _json(command)


def _restore(command: argparse.ArgumentParser) -> None:
    command.add_argument("file", help="백업 파일, 또는 그 폴더(가장 새것). / The copy, or a folder: its newest.")
    _config(command)
    command.add_argument("--path", default=None, metavar="FILE", help="기록 파일. / The journal; else the config's.")
    command.add_argument("--over", action="store_true", help="있는 기록을 바꿔요. / Replace the journal that is there.")
    command.add_argument("--names", metavar="FILE", help="이름을 가져올 예전 백업. / An older copy, for the names.")
    _key(command)
    _json(command)


def _key(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--key-file", default=None, metavar="FILE", help="암호가 든 파일; 없으면 물어요. / The passphrase's file."
    )


def _center(command: argparse.ArgumentParser) -> None:
    words = "backup 이름표/게이트웨이: 그 공방의 백업. / backup WORKSHOP/GATEWAY: that shop's records as a backup."
    command.add_argument("words", nargs="*", metavar="WORD", help=words)
    command.add_argument("-o", "--output", default=".", metavar="FILE", help="백업을 쓸 곳. / Where to write it.")
    command.add_argument(
        "--samples-d", type=_positive, default=30.0, help="함께 꺼낼 측정값의 날수. / Days of samples."
    )
    command.add_argument("--journal", metavar="EPOCH", help="예전 카드의 기록. / The journal of another card.")
    command.add_argument("-c", "--config", metavar="FILE", help="설정 파일. / Else center.yaml.")
    command.add_argument(
        "--demo", type=_count, nargs="?", const=100, metavar="N", help="시험 공방 수. / Simulated shops."
    )
    command.add_argument("--port", type=_port, default=None, help="화면의 포트. / The page's port.")
    command.add_argument("--mqtt-port", type=_port, default=None, help="MQTT 브로커의 포트. / The broker's port.")
    command.add_argument(
        "--for-s", type=_positive, default=None, help="이 시간(초) 뒤에 끝나요. / End after so many seconds."
    )
    command.add_argument("--verbose", action="store_true", help="자세히 적어요. / Log more.")
    _json(command)


def _label(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "action",
        choices=("preview", "print", "reprint", "list"),
        help="preview: 그림으로, print: 찍기, reprint: 다시 찍기, list: 프린터와 찍은 것. / "
        "as a picture, print, print again, the printers and what was printed.",
    )
    command.add_argument(
        "words",
        nargs="*",
        metavar="ORDER",
        help="무엇을: badge numbers=101, bundle quantity=20 ..., @file.yaml; reprint: 번호. / What, or which print.",
    )
    _config(command)
    command.add_argument("--printer", default=None, help="프린터 이름. / The printer's name.")
    command.add_argument(
        "--size", type=_size, default=(60.0, 40.0), metavar="WxH", help="프린터 없이 볼 크기(mm). / Size to see it at."
    )
    command.add_argument("--dpi", type=int, choices=(203, 300), default=203, help="해상도. / Dots per inch.")
    command.add_argument(
        "--form", choices=("auto", "code128", "qr"), default="auto", help="코드의 꼴. / The code's form."
    )
    command.add_argument("--first", type=int, default=0, help="쓴 칸 수(종이). / Places of the sheet that are used.")
    command.add_argument(
        "-o", "--output", default="labels.png", metavar="FILE", help="그림 파일. / The picture's file."
    )
    _user(command)
    _json(command)


def _https(command: argparse.ArgumentParser) -> None:
    _config(command)
    command.add_argument("switch", nargs="?", choices=("on", "off"), help="켜거나 꺼요. / Switch it on or off.")


ARGUMENTS: Final = {
    "https": _https,
    "demo": _demo,
    "init": _init,
    "run": _run,
    "check": _check,
    "discover": _discover,
    "probe": _probe,
    "record": _record,
    "write": _write,
    "doctor": _doctor,
    "explain": _explain,
    "replay": _replay,
    "oee": _oee,
    "report": _report,
    "label": _label,
    "import": _import,
    "export": _export,
    "journal": _journal,
    "backup": _backup,
    "restore": _restore,
    "center": _center,
}
