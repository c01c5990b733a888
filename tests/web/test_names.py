"""Which names a gateway answers to: what a page elsewhere would bind to our address is not among them."""

import socket

import pytest

from gateway.web.names import Names, host_of

MACHINE = socket.gethostname().lower()


@pytest.mark.parametrize(
    ("header", "host"),
    [
        ("Gongbang.local:8080", "gongbang.local"),
        ("192.168.0.15", "192.168.0.15"),
        ("[fe80::1]:8080", "fe80::1"),
        ("gongbang.local.", "gongbang.local"),
        ("", ""),
        ("[::1", ""),
        ("owner@localhost", ""),
        ("a b", ""),
        ("gongbang:80:80", ""),
    ],
)
def test_a_host_header_is_read_without_its_port(header: str, host: str) -> None:
    assert host_of(header) == host


def test_on_the_network_it_answers_to_its_own_names_and_addresses_and_to_what_the_owner_added() -> None:
    names = Names(["Shop.Example"], on_loopback=False)
    ours = [MACHINE, f"{MACHINE.partition('.')[0]}.local", "localhost", "127.0.0.1", "192.168.0.15", "shop.example"]
    assert [host for host in ours if not names.answers_to(host, "192.168.0.15")] == []
    assert names.answers_to("192.168.0.15", "::ffff:192.168.0.15")
    others = ["evil.example", "", "192.168.0.16", f"{MACHINE}.evil.example", "localhost.evil.example"]
    assert [host for host in others if names.answers_to(host, "192.168.0.15")] == []


def test_on_loopback_it_answers_to_this_machine_alone() -> None:
    names = Names([], on_loopback=True)
    assert names.answers_to("localhost", "127.0.0.1")
    assert not names.answers_to(MACHINE if MACHINE != "localhost" else "elsewhere", "127.0.0.1")
