"""The configuration of a camera. It knows nothing of OpenCV: the daemon reads it, and the camera's process too."""

from typing import Annotated, ClassVar, Final, Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, field_validator, model_validator

from drivers.base import DriverConfig, Name, Options
from sensors.point import Point

Fraction = Annotated[float, Field(ge=0, le=1)]
Four = tuple[Fraction, ...]  # x, y, width, height; or the x, y of two ends
Symbology = Literal[
    "code128",
    "qr",
    "datamatrix",
    "ean13",
    "ean8",
    "code39",
    "code93",
    "codabar",
    "itf",
    "databar",
    "pdf417",
    "aztec",
    "maxicode",
]
Direction = Literal["both", "left", "right", "up", "down"]
SCHEMES: Final = ("rtsp", "rtsps", "http", "https")

SCANS: Final = Point(
    name="scans", label={"ko": "읽은 수", "en": "Scans"}, kind="counter", unit="pcs", address=0, type="u32"
)
PIECES: Final = Point(
    name="pieces", label={"ko": "지나간 수", "en": "Pieces"}, kind="counter", unit="pcs", address=1, type="u32"
)
FRAME_RATE: Final = Point(
    name="frame_rate", label={"ko": "초당 화면 수", "en": "Frame rate"}, unit="Hz", address=2, type="f32"
)


class CountConfig(Options):
    """물건이 선을 지날 때마다 하나씩 세요. / Counts the things that cross a line."""

    line: Four = Field(
        description="선의 두 끝 [x1, y1, x2, y2], 화면의 비율(0-1). / "
        "The two ends of the line, as fractions of the picture.",
    )
    direction: Direction = Field(
        "both", description="세는 방향: both는 양쪽 모두. / The way that is counted; both takes either."
    )
    least_area: float = Field(
        0.005,
        ge=0.0002,
        le=0.5,
        description="이보다 작은 것은 세지 않아요(화면 넓이의 비율). / "
        "Smaller things (a fraction of the picture's area) are not counted.",
    )

    @model_validator(mode="after")
    def _line_can_be_crossed(self) -> Self:
        """Refuse a line without length, and a direction along the line."""
        _check_four(self.line)
        x1, y1, x2, y2 = self.line
        if (x1, y1) == (x2, y2):
            raise ValueError("line의 두 끝이 같아요. / The two ends of line are the same.")
        if self.direction in ("left", "right") and y1 == y2:
            raise ValueError("가로선은 위아래로 지나요. / A level line is crossed up or down, not sideways.")
        if self.direction in ("up", "down") and x1 == x2:
            raise ValueError("세로선은 옆으로 지나요. / An upright line is crossed sideways, not up or down.")
        return self


class PreviewConfig(Options):
    """주인만 보는 작은 화면. 적지 않으면 꺼져 있어요. / A small picture for the owner; off unless it is written."""

    every_s: float = Field(5.0, ge=0.5, le=3600, description="새로 만드는 간격(초). / Seconds between pictures.")
    masks: tuple[Four, ...] = Field(
        (),
        max_length=32,
        description="검게 가릴 곳 [x, y, 너비, 높이], 화면의 비율(0-1). / "
        "What is blackened: x, y, width, height, as fractions of the picture.",
    )

    @field_validator("masks")
    @classmethod
    def _masks_have_a_size(cls, masks: tuple[Four, ...]) -> tuple[Four, ...]:
        for mask in masks:
            _check_box(mask)
        return masks


class CameraConfig(DriverConfig):
    """카메라: 라벨을 읽고 물건을 세요. 화면은 밖으로 나가지 않아요. / A camera that reads labels and counts parts."""

    enter_s: ClassVar[float] = 20.0  # its process loads OpenCV, and a network camera waits for a whole picture

    type: Literal["camera"] = Field(description="종류. / The kind.")
    source: str = Field(
        min_length=1,
        description="USB 카메라(/dev/v4l/by-id/...), rtsp:// 나 http:// 주소, 또는 영상 파일. 주소의 {username}, "
        "{password} 자리에는 아래 값이 들어가요. / A USB camera (/dev/v4l/by-id/...), an rtsp:// or http:// address, "
        "or a video file. In an address, {username} and {password} stand for what is given below.",
    )
    username: str | None = Field(None, min_length=1, description="주소의 사용자 이름. / The user of the address.")
    password_file: str | None = Field(
        None, description="주소의 비밀번호가 든 파일. / The file that holds the password of the address."
    )
    width_px: int = Field(1280, ge=160, le=7680, description="USB 카메라에 청하는 너비. / Asked of a USB camera.")
    height_px: int = Field(720, ge=120, le=4320, description="USB 카메라에 청하는 높이. / Asked of a USB camera.")
    frames_per_s: float = Field(
        10.0,
        ge=1,
        le=120,
        description="1초에 들여다보는 화면 수. USB 카메라에는 이만큼을 청해요. / "
        "Frames looked at in a second; a USB camera is asked for as many.",
    )
    loop: bool = Field(False, description="영상 파일이 끝나면 다시 처음부터. / A video file begins again at its end.")
    station: Name | None = Field(None, description="놓인 자리. / The station where it stands.")
    symbologies: tuple[Symbology, ...] = Field(
        ("code128", "qr"),
        description="읽을 바코드 종류. 적을수록 빨라요. / The kinds of barcodes to read; the fewer, the faster.",
    )
    region: Four = Field(
        (0.0, 0.0, 1.0, 1.0),
        description="들여다보는 곳 [x, y, 너비, 높이], 화면의 비율(0-1). 밖은 보지 않아요. / "
        "Where it looks: x, y, width, height, as fractions of the picture.",
    )
    same_label_s: float = Field(
        3.0,
        ge=0.2,
        le=3600,
        description="계속 보이거나 이 시간(초) 안에 다시 보인 라벨은 한 번 읽은 거예요. / "
        "A label that stays in view, or comes back within these seconds, is one reading.",
    )
    hang_s: float = Field(
        10.0,
        ge=2,
        le=600,
        description="이 시간(초) 동안 소식이 없으면 카메라 프로세스를 다시 시작해요. / "
        "Without a sign of life for these seconds, the camera's process is started again.",
    )
    count: CountConfig | None = Field(None, description="물건 세기. / Counting parts.")
    preview: PreviewConfig | None = Field(None, description="미리 보기. / The preview.")

    @property
    def kind(self) -> Literal["device", "address", "file"]:
        """Return what the source is."""
        if "://" in self.source:
            return "address"
        return "device" if self.source.startswith("/dev/") else "file"

    def devices_points(self) -> list[tuple[str, tuple[Point, ...]]]:
        """Return the camera as one device."""
        return [(self.name, (SCANS, PIECES, FRAME_RATE) if self.count else (SCANS, FRAME_RATE))]

    @field_validator("source")
    @classmethod
    def _source_can_be_opened(cls, source: str) -> str:
        """Refuse an address of another kind, and one that holds a password: this file is not kept secret."""
        if source.isdigit():
            raise ValueError(
                f"카메라는 번호가 아니라 이름으로 적어요: /dev/video{source}. / "
                f"A camera is written by its name: /dev/video{source}."
            )
        if "://" not in source:
            return source
        if source.partition("://")[0] not in SCHEMES:
            raise ValueError(
                "주소는 rtsp://, rtsps://, http://, https:// 로 시작해요. / "
                "An address begins with rtsp(s):// or http(s)://."
            )
        if "@" in urlsplit(source).netloc:
            raise ValueError(
                "사용자와 비밀번호는 주소가 아니라 username과 password_file에 적어요. / "
                "Write user and password as username and password_file."
            )
        return source

    @field_validator("symbologies")
    @classmethod
    def _something_is_read(cls, symbologies: tuple[Symbology, ...]) -> tuple[Symbology, ...]:
        if not symbologies:
            raise ValueError("적어도 하나를 적어 주세요: code128, qr. / Name at least one: code128, qr.")
        return symbologies

    @field_validator("region")
    @classmethod
    def _region_has_a_size(cls, region: Four) -> Four:
        _check_box(region)
        return region

    @model_validator(mode="after")
    def _options_go_together(self) -> Self:
        """Refuse what has no meaning for this kind of source, and a line outside the region."""
        if self.loop and self.kind != "file":
            raise ValueError("loop는 영상 파일에만 써요. / loop is for video files only.")
        if (self.username or self.password_file) and self.kind != "address":
            raise ValueError(
                "username과 password_file은 주소에만 써요. / username and password_file are for addresses only."
            )
        if self.password_file and not self.username and "{password}" not in self.source:
            raise ValueError("password_file에는 username도 있어야 해요. / password_file needs a username beside it.")
        if self.count and not _inside(self.count.line, self.region):
            raise ValueError("count의 line이 region 밖으로 나가요. / The line of count leaves the region.")
        return self


def _check_four(four: Four) -> None:
    if len(four) != 4:
        raise ValueError(
            f"수를 네 개 적어 주세요. 지금은 {len(four)}개예요. / Write four numbers; these are {len(four)}."
        )


def _check_box(box: Four) -> None:
    _check_four(box)
    x, y, width, height = box
    if width <= 0 or height <= 0 or x + width > 1 + 1e-9 or y + height > 1 + 1e-9:
        raise ValueError(
            "[x, y, 너비, 높이]가 화면 안에 있어야 해요. / [x, y, width, height] must lie inside the picture."
        )


def _inside(line: Four, region: Four) -> bool:
    x, y, width, height = region
    return all(x - 1e-9 <= across <= x + width + 1e-9 for across in line[::2]) and all(
        y - 1e-9 <= down <= y + height + 1e-9 for down in line[1::2]
    )
