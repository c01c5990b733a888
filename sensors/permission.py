"""What may be written of a device: what its profile and the configuration both allow."""

from collections.abc import Iterator, Sequence
from difflib import get_close_matches

from sensors.output import Output
from sensors.profile_model import Profile


def refused_outputs(
    known: Profile | None, own: Sequence[Output], allow: Sequence[str], offset: int = 0
) -> Iterator[str]:
    """Yield what is wrong with the outputs that a configuration names itself, and those of the profile that it allows.

    A machine that a write can move is written by its profile's outputs alone; a command needs a profile that knows it.
    """
    profiled = [output.name for output in known.outputs] if known else []
    for name in allow:
        if name not in profiled:
            near = (get_close_matches(name, profiled, 1) or profiled[:1] or ["-"])[0]
            yield f"allow: {name!r}: 기종에 없는 출력이에요. 비슷한 것: {near} / no such output; near it: {near}"
    names = [output.name for output in own] + list(allow)
    if twice := sorted({name for name in names if names.count(name) > 1}):
        yield f"이름이 같은 출력이 있어요: {', '.join(twice)} / Outputs of the same name."
    for output in own:
        if known is not None and known.moves:
            yield (
                f"{output.name}: {known.id}에는 기종이 정한 출력만 써요. allow에 적어 주세요. / "
                f"{known.id} takes its profile's outputs only; name them in allow."
            )
        elif output.command:
            yield f"{output.name}: command는 기종이 정해요. / a command stands in a profile, not in the configuration."
        elif known is not None and output.table == "holding":
            held = range(output.address - offset, output.address - offset + output.registers)
            if any(address in held for address in known.never_write):
                yield f"{output.name}: 절대 쓰지 않는 주소예요. / the profile says never to write this address."
