"""The way to a database: influxdb-client, imported when the first connection is made, its calls in threads of our own.

The client brings the address, the credentials, TLS and the pool of connections. We bring the bytes (its own line
protocol and batching are not used) and ask for one HTTP call at a time with neither retries nor redirects: a redirected
POST may become a GET that any page answers with 200.
"""

import asyncio
import contextlib
import gzip
import socket
import ssl
import threading
from collections.abc import Callable, Sequence
from functools import partial
from importlib import import_module
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self, TypeVar

from drivers.errors import WrongConfiguration
from gateway.config.publish import InfluxPublisher as Config
from gateway.errors import SinkAway
from gateway.publish.influx_answer import Answer, answer_of

T = TypeVar("T")
CONNECT_S: Final = 5.0
CLOSE_S: Final = 2.0  # so long a thread that was cut off may take to end
LEVEL: Final = 1  # of gzip: a tenth of the bytes for a tenth of the time that the default takes
TEXT: Final = "text/plain; charset=utf-8"


class Late(SinkAway):
    """It took the request and did not answer in time; it may have written it, and fewer lines may be in time."""


class Wire:
    """One connection's life: `async with Wire(config) as wire:`. Raises WrongConfiguration, SinkAway.

    A request that hangs is cut off when its time is over, or when the publisher is stopped.
    """

    def __init__(self, config: Config) -> None:
        self._config = config
        self._client: Any = None  # influxdb_client.InfluxDBClient, which promises no types
        self._secret = ""
        self._call: asyncio.Future[Any] | None = None
        self._connection: Any = None  # urllib3's newest

    async def __aenter__(self) -> Self:
        self._client = await self._off_loop(self._open)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._cut()
        if self._call is not None:
            await asyncio.wait({self._call}, timeout=CLOSE_S)
        if self._client is not None:
            self._client.close()
            self._client = None

    async def write(self, lines: Sequence[bytes]) -> Answer:
        """Send lines (none asks whether writing would be allowed) and return the answer. Raises SinkAway, Late."""
        try:
            async with asyncio.timeout(3 * self._config.timeout_s):  # a byte now and then is no answer
                return await self._off_loop(lambda: self._post(lines))
        except TimeoutError as error:
            raise Late(f"{_host(self._config)} does not come to an end with its answer") from error

    # In the thread

    def _open(self) -> Any:
        config = self._config
        if config.version == 2:
            self._secret = _secret("token_file", config.token_file).strip()
            account = self._secret
        else:
            self._secret = _secret("password_file", config.password_file)
            account = f"{config.username}:{self._secret}" if config.username else ""
        if config.version == 2 and not (account.isascii() and account.isprintable()):
            raise WrongConfiguration(f"token_file: {config.token_file}: what it holds cannot be a token")
        try:
            library = import_module("influxdb_client")  # here and not above: it costs memory and a second
        except ImportError as error:
            raise WrongConfiguration("influxdb-client is not installed: pip install 'gongbang[influxdb]'") from error
        client = library.InfluxDBClient(
            config.url,
            account or None,
            timeout=(min(CONNECT_S, config.timeout_s) * 1000, config.timeout_s * 1000),  # ms: to connect, to read
            auth_basic=bool(account) and config.version == 1,
            ssl_context=_tls(config),
            connection_pool_maxsize=1,
            retries=False,
        )
        self._remember_connections(client)
        return client

    def _remember_connections(self, client: Any) -> None:
        """A connection in use is not in its pool; to cut it off we must know it."""
        pool = client.api_client.rest_client.pool_manager.connection_from_url(self._config.url)
        new = pool.ConnectionCls

        def remembered(*args: Any, **options: Any) -> Any:
            self._connection = new(*args, **options)
            return self._connection

        pool.ConnectionCls = remembered

    def _post(self, lines: Sequence[bytes]) -> Answer:
        refusal: type[Exception] = import_module("influxdb_client.rest").ApiException
        failure: type[Exception] = import_module("urllib3.exceptions").HTTPError
        try:
            _, status, headers = self._client.api_client.call_api(
                "/api/v2/write" if self._config.version == 2 else "/write",
                "POST",
                query_params=_place(self._config),
                header_params={"Content-Type": TEXT, "Content-Encoding": "gzip"},
                body=gzip.compress(b"\n".join(lines), LEVEL),
                _return_http_data_only=False,
                urlopen_kw={"redirect": False},
            )
            return answer_of(status, "", headers, self._secret)
        except refusal as error:
            return self._refusal(error)
        except (failure, OSError, UnicodeDecodeError) as error:
            raise _away(error, self._config) from error

    def _refusal(self, error: Any) -> Answer:
        """Return the answer that the client raised as an error; without a status there was none. Raises SinkAway."""
        if not error.status:
            raise SinkAway(f"{_host(self._config)}: {' '.join(str(error.reason).split())}") from error
        return answer_of(error.status, error.body or "", error.headers or {}, self._secret)

    # On the loop

    async def _off_loop(self, work: Callable[[], T]) -> T:
        """Run what blocks in a daemon thread: a name server that hangs holds up neither the loop nor the exit."""
        loop = asyncio.get_running_loop()
        call: asyncio.Future[T] = loop.create_future()

        def run() -> None:
            settle: Callable[[], None]
            try:
                settle = partial(call.set_result, work())
            except Exception as error:  # noqa: BLE001 # the thread's border: it is raised where it is waited for
                settle = partial(call.set_exception, error)
            with contextlib.suppress(RuntimeError):  # the loop has ended
                loop.call_soon_threadsafe(settle)

        call.add_done_callback(lambda done: done.cancelled() or done.exception())  # nobody may wait any longer
        self._call = call
        threading.Thread(target=run, name=f"{self._config.name} call", daemon=True).start()
        return await asyncio.shield(call)

    def _cut(self) -> None:
        """End a request that is on its way: the thread's reading or writing fails at once."""
        if self._call is not None and not self._call.done() and (wire := getattr(self._connection, "sock", None)):
            with contextlib.suppress(OSError):
                socket.socket.shutdown(
                    wire, socket.SHUT_RDWR
                )  # past ssl, which would forget its state under the thread


def _host(config: Config) -> str:
    return "{}:{}".format(*config.address)


def _place(config: Config) -> list[tuple[str, str]]:
    if config.version == 2:
        return [("org", config.org or ""), ("bucket", config.bucket or ""), ("precision", "ns")]
    policy = [("rp", config.retention_policy)] if config.retention_policy else []
    return [("db", config.database or ""), *policy, ("precision", "ns")]


def _secret(option: str, path: str | None) -> str:
    if path is None:
        return ""
    try:
        found = Path(path).read_text("utf-8-sig").rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        raise WrongConfiguration(f"{option}: {path}: {_unsaid(error)}") from error
    if not found:
        raise WrongConfiguration(f"{option}: {path}: is empty")
    return found


def _unsaid(error: Exception) -> str:
    """Return what is wrong without what was read: the error of a decoder shows it."""
    return "is not UTF-8" if isinstance(error, UnicodeDecodeError) else str(error)


def _tls(config: Config) -> ssl.SSLContext | None:
    if not config.url.startswith("https:"):
        return None
    try:
        return ssl.create_default_context(cafile=config.ca_file)
    except (OSError, ValueError) as error:
        raise WrongConfiguration(f"ca_file: {config.ca_file}: {error}") from error


def _away(error: Exception, config: Config) -> SinkAway:
    """Return the cause of a call that failed; urllib3's own text names objects of this process."""
    from urllib3.exceptions import ConnectTimeoutError, NewConnectionError, ReadTimeoutError  # at home since _open

    host = _host(config)
    if isinstance(error, ReadTimeoutError):
        return Late(f"{host} does not answer within {config.timeout_s:g} s")
    if isinstance(error, ConnectTimeoutError) and not isinstance(error, NewConnectionError):
        return SinkAway(f"{host} cannot be reached within {min(CONNECT_S, config.timeout_s):g} s")
    inner = error.__cause__ or next((part for part in reversed(error.args) if isinstance(part, Exception)), error)
    return SinkAway(f"{host}: {inner or type(inner).__name__}")
