"""What keeps a copy from being made: a word for each, and what to do about it in both languages."""

import errno
from typing import Final

import apsw

Words = dict[str, str]


class Trouble(Exception):
    """Why there is no copy: `code` is one of ADVICE, `said` the detail."""

    def __init__(self, code: str, said: str) -> None:
        super().__init__(said)
        self.code, self.said = code, said


ADVICE: Final[dict[str, Words]] = {
    "away": {
        "ko": "백업할 USB 메모리를 꽂거나, 공유 폴더가 연결됐는지 확인해 주세요.",
        "en": "Plug the backup stick in, or see whether the shared folder is mounted.",
    },
    "not_mounted": {
        "ko": "USB 메모리는 꽂혀 있는데 열리지 않았어요. 뺐다가 다시 꽂아 주세요.",
        "en": "The stick is plugged in and not mounted. Pull it out and plug it in again.",
    },
    "same_disk": {
        "ko": "백업할 곳이 기록과 같은 카드에 있어요. 공유 폴더가 연결되지 않았을 수 있어요.",
        "en": "This is the journal's own card: the share may not be mounted.",
    },
    "full": {
        "ko": "백업할 곳에 자리가 없어요. 다른 파일을 지우거나 더 큰 것을 꽂아 주세요.",
        "en": "There is no room left. Delete other files there, or take a larger stick.",
    },
    "too_large": {
        "ko": "파일이 너무 커요. USB 메모리를 exFAT로 포맷해 주세요.",
        "en": "The file is too large for it: format the stick as exFAT.",
    },
    "read_only": {
        "ko": "백업할 곳에 쓸 수 없어요. 쓰기 잠금과 폴더의 주인을 확인해 주세요.",
        "en": "It cannot be written. See its write lock, and who owns the folder.",
    },
    "gone": {
        "ko": "백업하다가 빠졌거나 연결이 끊겼어요. 다시 꽂으면 저절로 다시 해요.",
        "en": "It was pulled out, or its connection was lost, on the way. It is tried again when it is back.",
    },
    "slow": {
        "ko": "백업이 끝나지 않았어요. 공유 폴더의 연결이나 USB 메모리를 바꿔 주세요.",
        "en": "It did not end in time. See the share's connection, or take another stick.",
    },
    "unreadable": {
        "ko": "쓴 것을 다시 읽으니 달라요. USB 메모리가 상했어요. 새것으로 바꿔 주세요.",
        "en": "What was written reads back differently: the stick is worn out. Take a new one.",
    },
    "unchecked": {
        "ko": "복사했지만, 되살려 볼 자리가 없어서 확인하지 못했어요. 자리를 만들어 주세요.",
        "en": "A copy was made and not checked: there is no room to restore it for a test. Make room.",
    },
    "damaged": {
        "ko": "카드의 기록에 상한 줄이 있어요. 예전 백업을 지우지 않고 두었어요. 카드를 바꿔 주세요.",
        "en": "The journal on the card has damaged rows. Old copies were kept. Replace the card.",
    },
    "ledger": {
        "ko": "되살려서 다시 셈한 작업 기록이 지금 것과 달라요. 예전 백업을 두었어요. 알려 주세요.",
        "en": "The ledger, made anew from the copy, differs from the one in use. Old copies were kept. Tell us.",
    },
    "key": {
        "ko": "암호 파일(key_file)을 읽을 수 없거나, 암호가 다르거나 너무 짧아요.",
        "en": "The passphrase's file (key_file) cannot be read, or the passphrase is another one or too short.",
    },
    "busy": {
        "ko": "다른 백업이 돌고 있어요. 끝나면 저절로 해요.",
        "en": "Another copy is being made. This one follows.",
    },
    "journal": {
        "ko": "카드의 기록을 읽을 수 없어요. gongbang journal verify를 실행해 주세요.",
        "en": "The journal on the card cannot be read. Run gongbang journal verify.",
    },
    "failed": {
        "ko": "백업하는 프로그램이 멈췄어요. gongbang doctor를 실행해 주세요.",
        "en": "The program that makes the copy ended. Run gongbang doctor.",
    },
}
LATE: Final[Words] = {
    "ko": "백업이 너무 오래됐어요. gongbang backup --now를 실행해 주세요.",
    "en": "The last copy is too old. Run gongbang backup --now.",
}
_BY_ERRNO: Final = {
    errno.ENOSPC: "full",
    errno.EDQUOT: "full",
    errno.EFBIG: "too_large",
    errno.EROFS: "read_only",
    errno.EACCES: "read_only",
    errno.EPERM: "read_only",
}


def told(state: str, trouble: str) -> Words | None:
    """Return what to do about a backup in a component's state; None when nothing is."""
    return ADVICE.get(trouble) or (LATE if state == "down" else None)


def of_error(error: OSError | apsw.Error) -> Trouble:
    """Return the trouble that an error of a target means."""
    if isinstance(error, OSError):
        return Trouble(_BY_ERRNO.get(error.errno or 0, "gone"), str(error))
    if isinstance(error, apsw.FullError):
        return Trouble("full", str(error))
    if isinstance(error, apsw.ReadOnlyError | apsw.CantOpenError):
        return Trouble("read_only", str(error))
    return Trouble("gone" if isinstance(error, apsw.IOError) else "journal", str(error))
