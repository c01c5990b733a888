"""The part of the configuration that says where copies of the journal go."""

from pathlib import PurePosixPath
from typing import Literal, Self

from pydantic import Field, model_validator

from drivers.base import Name, Options


class Backup(Options):
    """카드 밖에 두는 백업 하나. / One place off the card where copies of the journal are kept."""

    name: Name = Field(description="이름. / Its name.")
    enabled: bool = Field(True, description="끄려면 false. / false switches it off.")
    to: Literal["usb", "folder"] = Field(
        description="usb: 꽂힌 USB 메모리, folder: 마운트된 공유 폴더나 다른 디스크. / "
        "A USB stick that is plugged in, or a folder of a mounted share or of another disk."
    )
    label: str = Field(
        "GONGBANG",
        min_length=1,
        max_length=36,
        description="USB 메모리의 이름(볼륨 레이블). / The stick's volume label.",
    )
    path: str = Field(
        "gongbang",
        min_length=1,
        description="usb: 스틱 안의 폴더, folder: 폴더의 전체 경로. / "
        "A folder on the stick; with folder: the whole path.",
    )
    every_h: float = Field(24.0, ge=0.25, le=744, description="복사하는 간격(시간). / Hours between two copies.")
    keep_days: int = Field(
        14, ge=1, le=3660, description="하루에 하나씩 두는 날수. / Days of which the last copy is kept."
    )
    keep_weeks: int = Field(
        26, ge=0, le=520, description="한 주에 하나씩 두는 주수. / Weeks of which the last copy is kept."
    )
    key_file: str | None = Field(
        None,
        description="암호가 든 파일. 적으면 백업을 암호로 잠가요. 암호를 잃으면 아무도 못 열어요. / "
        "The file with the passphrase: copies are sealed with it. Without it nobody can open them.",
    )
    same_disk: bool = Field(
        False,
        description="기록과 같은 디스크에도 둬요. 카드가 상하면 함께 잃어요. / "
        "Lets it stand on the journal's own disk, with which it would be lost.",
    )

    @model_validator(mode="after")
    def _path_as_meant(self) -> Self:
        path = PurePosixPath(self.path)
        if self.to == "folder" and not path.is_absolute():
            raise ValueError(
                f"path에 폴더의 전체 경로를 적어 주세요, 예: /mnt/office/gongbang / "
                f"path must be the folder's whole path, e.g. /mnt/office/gongbang: {self.path}"
            )
        if self.to == "usb" and (path.is_absolute() or ".." in path.parts):
            raise ValueError(
                f"path는 스틱 안의 폴더예요, 예: gongbang / path is a folder on the stick, e.g. gongbang: {self.path}"
            )
        return self
