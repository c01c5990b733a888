"""Run inside an installed Debian: ask the dashboard as its owner. Prints JSON. Usage: ask.py setup CODE | PATH

The owner's password is the same each time: `setup` gives it, a path is asked after a login with it, once it is given.
"""

import http.cookiejar
import json
import sys
import urllib.request

PASSWORD = "오너의 비밀번호 1"
API = "http://127.0.0.1:8080/api/v1"
browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()))


def ask(path, form=None, csrf=""):
    """Return what the API answers."""
    headers = {"Content-Type": "application/json", "Origin": "http://127.0.0.1:8080", "x-csrf": csrf}
    body = None if form is None else json.dumps(form).encode()
    return json.load(browser.open(urllib.request.Request(API + path, body, headers), timeout=60))


csrf = ask("/session")["csrf"]
if sys.argv[1] == "setup":
    print(json.dumps(ask("/setup", {"code": sys.argv[2], "password": PASSWORD}, csrf)))
else:
    if not ask("/session")["setup"]:
        ask("/login", {"user": "owner", "password": PASSWORD}, csrf)
    print(json.dumps(ask(sys.argv[1])))
