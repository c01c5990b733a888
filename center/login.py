"""Login: the form that asks for the access word. It stands alone, so that it needs nothing of the page's build."""

import html
import math
from typing import Final

from starlette.responses import HTMLResponse, Response

WORDS: Final = {
    "ko": {
        "title": "공방 지원센터",
        "word": "암호",
        "enter": "들어가기",
        "wrong": "암호가 달라요. {seconds}초 뒤에 다시 해 주세요.",
        "wait": "{seconds}초 뒤에 다시 해 주세요.",
    },
    "en": {
        "title": "Gongbang support center",
        "word": "Access word",
        "enter": "Enter",
        "wrong": "That is not the word. Try again in {seconds} s.",
        "wait": "Try again in {seconds} s.",
    },
}
PAGE: Final = """<!doctype html>
<html lang="{language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
:root {{ color-scheme: light dark }}
body {{ font: 16px/1.5 system-ui, sans-serif; display: grid; place-items: center; min-height: 90vh; margin: 0 }}
form {{ display: grid; gap: 12px; width: min(320px, 86vw) }}
h1 {{ font-size: 22px; margin: 0 0 8px }}
label {{ display: grid; gap: 6px }}
input, button {{ font: inherit; min-height: 44px; padding: 0 12px; border: 1px solid; border-radius: 4px }}
button {{ cursor: pointer; font-weight: 700 }}
p {{ margin: 0 }}
</style>
</head>
<body>
<form method="post" action="/login">
<h1>{title}</h1>
<label>{word}<input type="password" name="word" required autofocus autocomplete="current-password"></label>
<button type="submit">{enter}</button>
<p role="alert">{told}</p>
</form>
</body>
</html>
"""


def form(language: str, why: str | None = None, wait_s: float = 0.0) -> Response:
    """Return the form; after a wrong word (`wrong`, 403) or a try too early (`wait`, 429) it says so."""
    words = WORDS[language]
    seconds = math.ceil(wait_s)
    told = words[why].format(seconds=seconds) if why else ""
    text = PAGE.format(language=language, told=html.escape(told), **{k: words[k] for k in ("title", "word", "enter")})
    status = {None: 200, "wrong": 403, "wait": 429}[why]
    headers = {"Cache-Control": "no-store"} | ({"Retry-After": str(seconds)} if why else {})
    return HTMLResponse(text, status, headers)
