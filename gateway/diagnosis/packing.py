"""Packing: the parts of a diagnostic bundle as one ZIP, each without secrets."""

import io
import json
import zipfile
from collections.abc import Mapping
from typing import Any, Final

from gateway.config.root import EdgeConfig
from gateway.diagnosis.masking import MASK, Masker

README: Final = """\
공방 게이트웨이의 진단 묶음이에요. 비밀번호, 토큰, 주소에 든 열쇠, 일하는 사람의 이름은 뺐어요.
This is a gateway's diagnostic bundle. Passwords, tokens, keys in addresses and workers' names are taken out.

versions.json       판 / versions
configuration.json  설정, 주석 없이 / the configuration without comments
components.json     부분마다의 상태와 센 것, 잃은 것의 장부 / each part's state and counters, the ledger of losses
doctor.txt          gongbang doctor의 결과 / what `gongbang doctor` found
box.json            디스크, 메모리, 온도, 시계, 네트워크 / disk, memory, temperature, clock, network
log.txt             마지막 로그 / the last lines of the log
"""


def shown(config: EdgeConfig) -> dict[str, Any]:
    """Return a configuration as whoever helps may see it: comments, which may say anything, and names of people go."""
    told = config.model_dump(mode="json", exclude_unset=True)
    for worker in told.get("work", {}).get("workers", ()):
        worker["name"] = MASK
    for driver in told.get("drivers", ()):
        if driver.get("headers"):
            driver["headers"] = dict.fromkeys(driver["headers"], MASK)
    return told


def headers(config: EdgeConfig) -> list[str]:
    """Return what drivers send as headers of their own: keys, mostly."""
    return [value for driver in config.drivers for value in getattr(driver, "headers", {}).values()]


def packed(parts: Mapping[str, object], masker: Masker) -> bytes:
    """Return the ZIP: texts as they are, all others as JSON; nothing stands in it that was not masked."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("README.txt", README)
        for name, part in parts.items():
            text = part if isinstance(part, str) else json.dumps(masker.value(part), ensure_ascii=False, indent=2)
            file.writestr(name, masker.text(text) if isinstance(part, str) else text)
    return out.getvalue()
