"""`center.yaml`: every wrong line is told in both languages, with the nearest name."""

from pathlib import Path

import pytest

from center.load import WrongConfiguration, load


def told(tmp_path: Path, text: str) -> str:
    """What is said about a configuration."""
    file = tmp_path / "center.yaml"
    file.write_text(text, "utf-8")
    with pytest.raises(WrongConfiguration) as wrong:
        load(file)
    return "\n".join(wrong.value.problems).replace(f"{tmp_path}/", "")


def test_an_empty_file_has_the_defaults(tmp_path: Path) -> None:
    (tmp_path / "center.yaml").write_text("# nothing\nbroker:\n")
    config = load(tmp_path / "center.yaml")
    assert (config.host, config.port, config.stale_s, config.language) == ("127.0.0.1", 8090, 90, "ko")
    assert (config.broker.host, config.broker.port, config.shops) == ("localhost", 1883, ())


def test_a_whole_file_is_read(tmp_path: Path) -> None:
    for name in ("word", "password"):
        (tmp_path / name).write_text("correct horse\n")
        (tmp_path / name).chmod(0o600)
    text = f"""
broker: {{host: broker.example, port: 8883, username: center, password_file: {tmp_path}/password, tls: {{ca_file: x}}}}
path: {tmp_path}/center.db
host: 0.0.0.0
port: 8443
access_file: {tmp_path}/word
stale_s: 60
language: en
keep_d: 30
shops:
  - {{workshop: changsin-017, gateway: gw_1, name: 창신 봉제 17호, trade: sewing, cluster: changsin}}
  - {{workshop: changsin-018, gateway: gw_1}}
"""
    (tmp_path / "center.yaml").write_text(text, "utf-8")
    config = load(tmp_path / "center.yaml")
    assert [shop.name for shop in config.shops] == ["창신 봉제 17호", None]
    assert config.broker.tls
    assert (config.keep_d, config.broker.port) == (30, 8883)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("prot: 1\n", "center.yaml:1: 'prot': 모르는 선택지예요. 가장 가까운 것: port / unknown option; nearest: port"),
        ("\nbroker:\n  hots: a\n", "center.yaml:3: 'broker.hots': 모르는 선택지예요. 가장 가까운 것: host"),
        ("broker: {tls: {ca: x}}\n", "nearest: ca_file"),
        ("shops:\n  - {workshop: a, gateway: b}\n  - {workshop: a, gatway: b}\n", "center.yaml:3: 'shops.1.gateway'"),
        ("shops:\n  - {workshop: a, gatway: b}\n", "nearest: gateway"),
        ("shops:\n  - {workshop: a b, gateway: c}\n", "center.yaml:2: 'shops.0.workshop': 쓸 수 없는 값이에요: a b"),
        ("shops: [{workshop: a, gateway: b}, {workshop: a, gateway: b}]\n", "a/b 공방이 두 번 있어요."),
        ("port: yes please\n", "center.yaml:1: 'port': 쓸 수 없는 값이에요: yes please / not a valid value"),
        ("port: true\n", "'port': 쓸 수 없는 값이에요"),
        ("port: 70000\n", "'port'"),
        ("stale_s: 1\n", "'stale_s'"),
        ("language: fr\n", "'language'"),
        ("host: 0.0.0.0\n", "access_file이 있어야 해요. / host: an address beyond this machine needs access_file."),
        ("access_file: /nowhere/word\n", "access_file: 읽을 수 없어요: /nowhere/word / cannot be read"),
        ("port: 1\nport: 2\n", "YAML로 읽을 수 없어요. / not YAML"),
        ("port: [1\n", "YAML로 읽을 수 없어요. / not YAML"),
        ("- a\n", "center.yaml:1: '이름: 값'이어야 해요. / it must be 'name: value'."),
    ],
)
def test_what_is_wrong_is_told_with_its_line(tmp_path: Path, text: str, said: str) -> None:
    assert said in told(tmp_path, text)


def test_every_problem_is_told_at_once(tmp_path: Path) -> None:
    assert len(told(tmp_path, "prot: 1\nstale_s: x\nlanguage: fr\n").splitlines()) == 3


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(WrongConfiguration, match="설정 파일을 읽을 수 없어요"):
        load(tmp_path / "none.yaml")


@pytest.mark.parametrize(
    ("word", "mode", "said"),
    [("short\n", 0o600, "8글자부터"), ("\n", 0o600, "비어 있어요"), ("long enough\n", 0o644, "chmod 600")],
)
def test_the_access_word_must_be_one(tmp_path: Path, word: str, mode: int, said: str) -> None:
    (tmp_path / "word").write_text(word)
    (tmp_path / "word").chmod(mode)
    assert said in told(tmp_path, f"host: 0.0.0.0\naccess_file: {tmp_path}/word\n")
