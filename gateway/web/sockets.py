"""The dashboard's socket, and what its address means. Kept apart from the web framework, which loads later."""

import ipaddress
import socket

SEND_BYTES = 131_072  # unread bytes that the kernel holds of a connection (it reserves as much again), not megabytes


def is_loopback(host: str) -> bool:
    """Return whether a server on this address is reached from its own machine only."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def listen(host: str, port: int) -> socket.socket:
    """Return a bound socket; OSError tells the address that is taken."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_STREAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BYTES)  # and so of every connection to it
    try:
        sock.bind((host, port))
    except OSError as error:
        sock.close()
        raise OSError(error.errno, f"dashboard {host}:{port}: {error.strerror}") from None
    return sock
