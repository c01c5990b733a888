"""Password hashing in a process of its own: argon2 takes 64 MiB and half a second on a small machine."""

from gateway.apart import ask, reply


async def hashed(password: str) -> str:
    """Return the argon2 hash of a password."""
    return str(await ask(__name__, {"password": password}))


async def fits(password: str, known: str) -> bool:
    """Return whether a password is the one of a hash."""
    return bool(await ask(__name__, {"password": password, "hash": known}))


def _answer(question: dict[str, str]) -> object:
    from argon2 import PasswordHasher  # in the worker alone
    from argon2.exceptions import VerificationError

    if "hash" not in question:
        return PasswordHasher().hash(question["password"])
    try:
        return PasswordHasher().verify(question["hash"], question["password"])
    except VerificationError:
        return False


if __name__ == "__main__":
    reply(_answer)
