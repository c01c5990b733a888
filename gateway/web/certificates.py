"""Certificates: an authority of this machine's own, which tablets are told to trust once, and by it the dashboard's.

The authority may vouch for names in `.local`, this machine's name, the owner's names and private addresses alone (RFC
5280, 4.2.1.10): whoever took its key could be no bank. Made in a process of its own; `cryptography` is loaded there.
"""

import json
import os
import socket
import ssl
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Any, Final

from gateway.apart import ask, reply

FOLDER: Final = "https"  # beside the journal
CA, CA_KEY, SERVER, SERVER_KEY, MADE_FOR = "ca.crt", "ca.key", "server.crt", "server.key", "made_for.json"
# A clock that starts in the past must not find its own certificates to be of the future.
FROM: Final = datetime(2026, 1, 1, tzinfo=UTC)
CA_DAYS, SERVER_DAYS = 20 * 365, 800  # Apple's devices take no more than 825 from an authority that a person added
RENEW_DAYS: Final = 60
PRIVATE: Final = (
    "10.0.0.0/8",
    "172.16.0.0/12",
    "192.168.0.0/16",
    "169.254.0.0/16",
    "127.0.0.0/8",
    "fc00::/7",
    "fe80::/10",
)


def own_addresses() -> list[str]:
    """Return this machine's addresses, as the kernel lists them; none where it does not."""
    found: set[str] = set()
    try:
        last = ""
        for line in Path("/proc/net/fib_trie").read_text().splitlines():
            if "|--" in line:
                last = line.rpartition(" ")[2]
            elif "/32 host LOCAL" in line:
                found.add(last)
        for line in Path("/proc/net/if_inet6").read_text().splitlines():
            found.add(str(ip_address(bytes.fromhex(line.split()[0]))))
    except OSError:
        pass
    return sorted(one for one in found if any(ip_address(one) in ip_network(net) for net in PRIVATE))


def machine() -> str:
    """Return the name that other devices find this machine by."""
    return f"{socket.gethostname().lower().partition('.')[0]}.local"


def wanted(added: Iterable[str]) -> dict[str, list[str]]:
    """Return the names and addresses that the dashboard is opened by."""
    names = {socket.gethostname().lower(), machine(), "localhost"}
    addresses = set(own_addresses())
    for one in added:
        (addresses if _is_address(one) else names).add(one.lower())
    return {"names": sorted(names), "addresses": sorted(addresses)}


async def renewed(folder: Path, added: Iterable[str]) -> bool:
    """Make what is missing, soon over or for other names; return whether the server's is another now.

    Raises gateway.apart.Failed, OSError.
    """
    return bool(await ask(__name__, {"folder": str(folder), **wanted(added)}))


def fingerprint(folder: Path) -> str:
    """Return the authority's SHA-256, as devices show it. OSError where there is none."""
    digest = sha256(ssl.PEM_cert_to_DER_cert((folder / CA).read_text("ascii"))).hexdigest().upper()
    return ":".join(digest[at : at + 2] for at in range(0, len(digest), 2))


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


# In the process of its own


def make(question: dict[str, Any]) -> bool:
    """Make the authority and the server's certificate where that must be; return whether one was made."""
    from cryptography import x509

    folder, now = Path(question["folder"]), datetime.now(UTC)
    os.umask(0o077)
    folder.mkdir(parents=True, exist_ok=True)
    wanted_for = {"names": question["names"], "addresses": question["addresses"]}
    try:
        known = json.loads((folder / MADE_FOR).read_text())
        left = x509.load_pem_x509_certificate((folder / SERVER).read_bytes()).not_valid_after_utc - now
        if known == wanted_for and left > timedelta(days=RENEW_DAYS) and (folder / SERVER_KEY).exists():
            return False
    except (OSError, ValueError):
        pass
    authority, key = _authority(folder, wanted_for, now)
    _server(folder, wanted_for, authority, key, now)
    _keep(folder / MADE_FOR, json.dumps(wanted_for).encode())
    return True


def _authority(folder: Path, wanted_for: dict[str, list[str]], now: datetime) -> tuple[Any, Any]:
    """Return the authority and its key: those that are there, unless they may not vouch for these names."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    roots = sorted({"local", "localhost", *(one for one in wanted_for["names"] if not one.endswith(".local"))})
    nets = [*PRIVATE, *(one for one in wanted_for["addresses"] if not _private(one))]
    allowed: list[x509.GeneralName] = [x509.DNSName(one) for one in roots]
    allowed += [x509.IPAddress(ip_network(one)) for one in nets]
    try:
        known = x509.load_pem_x509_certificate((folder / CA).read_bytes())
        limits = known.extensions.get_extension_for_class(x509.NameConstraints).value
        if set(allowed) <= set(limits.permitted_subtrees or ()):
            return known, serialization.load_pem_private_key((folder / CA_KEY).read_bytes(), None)
    except (OSError, ValueError, x509.ExtensionNotFound):
        pass
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, f"Gongbang {socket.gethostname()}")])
    uses = dict.fromkeys(("content_commitment", "key_encipherment", "data_encipherment", "key_agreement"), False)
    uses |= {"digital_signature": False, "encipher_only": False, "decipher_only": False}
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(min(FROM, now))
        .not_valid_after(max(FROM, now) + timedelta(days=CA_DAYS))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(x509.KeyUsage(key_cert_sign=True, crl_sign=True, **uses), critical=True)
        .add_extension(x509.NameConstraints(allowed, None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    _keep(folder / CA_KEY, _pem_key(key))
    _keep(folder / CA, made.public_bytes(serialization.Encoding.PEM))
    return made, key


def _server(folder: Path, wanted_for: dict[str, list[str]], authority: Any, authority_key: Any, now: datetime) -> None:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    alternatives: list[x509.GeneralName] = [x509.DNSName(one) for one in wanted_for["names"]]
    alternatives += [x509.IPAddress(ip_address(one)) for one in wanted_for["addresses"]]
    begin = max(FROM, now - timedelta(days=2))
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, socket.gethostname()[:64])])
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(authority.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begin)
        .not_valid_after(begin + timedelta(days=SERVER_DAYS))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName(alternatives), critical=False)
        .add_extension(x509.ExtendedKeyUsage([x509.oid.ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(authority_key.public_key()), critical=False)
        .sign(authority_key, hashes.SHA256())
    )
    _keep(folder / SERVER_KEY, _pem_key(key))
    _keep(folder / SERVER, made.public_bytes(serialization.Encoding.PEM))


def _pem_key(key: Any) -> bytes:
    from cryptography.hazmat.primitives import serialization as s

    pem: bytes = key.private_bytes(s.Encoding.PEM, s.PrivateFormat.PKCS8, s.NoEncryption())
    return pem


def _private(address: str) -> bool:
    return any(ip_address(address) in ip_network(net) for net in PRIVATE)


def _keep(path: Path, data: bytes) -> None:
    """Write beside, sync, rename: a power cut leaves the old file or the new one."""
    beside = path.with_suffix(".new")
    with beside.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)


if __name__ == "__main__":
    reply(make)
