"""The preview of a camera, in a real daemon: the owner's alone, masked, and only where it is switched on."""

from collections.abc import Iterator

import cv2
import httpx
import numpy as np
import pytest
import workload
from rig import Daemon, daemon, free_port, until

from tests.drivers.vision import pictures as draw


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    """A daemon with two cameras, of which one shows a preview, and the viewer's eyes."""
    folder = tmp_path_factory.mktemp("shop")
    film = draw.film(folder / "belt.avi", [draw.lay(draw.bench(240, 320), draw.label("A", scale=3), 180, 60)] * 5)
    camera = {"type": "camera", "source": film, "loop": True, "same_label_s": 60}
    drivers = [
        camera | {"name": "camera_1", "preview": {"every_s": 0.5, "masks": [[0, 0, 0.5, 1]]}},
        camera | {"name": "camera_2"},
    ]
    port = free_port()
    with daemon(workload.write(folder / "edge_config.yaml", drivers, 9, port), port) as running:
        until(running.ready, "frames come", 60)
        yield running


def owner(shop: Daemon) -> httpx.Client:
    """The owner's browser; on loopback everybody at the machine may be it."""
    base = f"http://127.0.0.1:{shop.port}"
    return httpx.Client(base_url=base, headers={"Origin": base}, timeout=60, verify=False)


def test_the_owner_sees_a_masked_picture_that_nobody_keeps(shop: Daemon) -> None:
    with owner(shop) as page:
        answer = until(lambda: _well(page.get("/api/v1/cameras/camera_1/preview")), "a picture", 60)
    assert answer.headers["content-type"] == "image/jpeg"
    assert answer.headers["cache-control"] == "no-store"
    picture = cv2.imdecode(np.frombuffer(answer.content, np.uint8), cv2.IMREAD_COLOR)
    assert picture[60:140, 180:260].mean() > 100
    assert picture[:, :150].max() < 20


def _well(answer: httpx.Response) -> httpx.Response | None:
    return answer if answer.status_code == 200 else None


@pytest.mark.parametrize("name", ["camera_2", "camera_9", "scanner_1"])
def test_where_it_is_not_switched_on_there_is_nothing(shop: Daemon, name: str) -> None:
    with owner(shop) as page:
        assert page.get(f"/api/v1/cameras/{name}/preview").status_code == 404


def test_a_camera_says_whether_it_has_a_picture_to_show(shop: Daemon) -> None:
    with owner(shop) as page:

        def pictures() -> dict[str, bool]:
            parts = page.get("/api/v1/components").json()["components"]
            return {part["name"]: part["detail"]["preview"] for part in parts if part["kind"] == "driver"}

        until(lambda: pictures() == {"camera_1": True, "camera_2": False}, "the first camera's picture", 60)


def test_the_cameras_points_are_shown_and_their_scans_kept(shop: Daemon) -> None:
    with owner(shop) as page:

        def values() -> dict[str, float]:
            return {point["name"]: point["value"] for point in page.get("/api/v1/points").json()["points"]}

        until(lambda: values().get("camera_1.scans") == values().get("camera_2.scans") == 1, "each label once", 60)
        assert values()["camera_1.frame_rate"] > 0
        scans = page.get("/api/v1/work/scans").json()["scans"]
    assert sorted((scan["station"], scan["raw"]) for scan in scans) == [("camera_1", "]Q1A"), ("camera_2", "]Q1A")]
