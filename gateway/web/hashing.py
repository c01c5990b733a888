"""Password hashing in a process of its own: argon2 takes 64 MiB and half a second on a small machine."""

import asyncio
import json
import sys


async def hashed(password: str) -> str:
    """Return the argon2 hash of a password."""
    return str(await _apart({"password": password}))


async def fits(password: str, known: str) -> bool:
    """Return whether a password is the one of a hash."""
    return bool(await _apart({"password": password, "hash": known}))


async def _apart(question: dict[str, str]) -> object:
    worker = await asyncio.create_subprocess_exec(
        sys.executable, "-m", __name__, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    answer, _ = await worker.communicate(json.dumps(question).encode())
    return json.loads(answer)


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
    print(json.dumps(_answer(json.load(sys.stdin))))
