import asyncio
import gzip
import os
import socket
import ssl
import subprocess
import sys
import threading
import tracemalloc
import zlib
from collections.abc import Callable

import httpx
import pytest
from aiohttp import web

from connectors.answer import Outcome, Trouble
from connectors.fetch import Fetch, FetchFailed, Got, PlainFetch, Sending, make_tls, not_json
from connectors.trust_config import Caps
from tests.connectors.loopback import Asked, Loopback, says, says_nothing

CAPS = Caps(bytes=10_000, header_bytes=4_000)


def send(address: str, caps: Caps = CAPS, sending: Sending | None = None) -> Got | Trouble:
    async def once() -> Got | Trouble:
        fetch = Fetch(tls=make_tls(), connect_seconds=2, caps=caps)
        try:
            return await fetch.send(sending or Sending("GET", address, {}), caps)
        finally:
            await fetch.close()

    return asyncio.run(once())


def outcome(got: Got | Trouble) -> Outcome:
    assert isinstance(got, Trouble)
    return got.outcome


def speaks(raw: bytes) -> Callable[[], str]:
    """Open a port that answers one connection with these very bytes."""
    listening = socket.create_server(("127.0.0.1", 0))

    def run() -> None:
        with listening, listening.accept()[0] as connection:
            connection.recv(65536)
            connection.sendall(raw)

    threading.Thread(target=run, daemon=True).start()
    return f"http://127.0.0.1:{listening.getsockname()[1]}/"


def test_a_response_comes_whole():
    with Loopback(says(b'{"a":1}')) as server:
        got = send(server.address)

    assert isinstance(got, Got)
    assert (got.status, got.content, got.headers["content-type"]) == (200, b'{"a":1}', "application/fhir+json")


def test_we_ask_for_nothing_packed():
    with Loopback(says(b"{}")) as server:
        send(server.address)

    assert server.asked[0].headers["Accept-Encoding"] == "identity"


def test_more_bytes_than_the_cap_are_not_taken():
    with Loopback(says(b"x" * 10_001)) as server:
        assert outcome(send(server.address)) is Outcome.OVERSIZE


def test_a_body_without_end_is_cut_at_the_cap():
    async def script(asked: Asked) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(asked.request)
        while True:
            await response.write(b"x" * 4096)

    with Loopback(script) as server:
        assert outcome(send(server.address)) is Outcome.OVERSIZE


@pytest.mark.parametrize(
    ("encoding", "pack"), [("gzip", gzip.compress), ("deflate", zlib.compress), ("X-GZIP", gzip.compress)]
)
def test_what_was_packed_unasked_is_unpacked_up_to_the_cap(encoding, pack):
    with Loopback(says(pack(b"x" * 10_000), Content_Encoding=encoding)) as server:
        got = send(server.address)
    with Loopback(says(pack(b"x" * 50_000_000), Content_Encoding=encoding)) as server:
        bomb = send(server.address, Caps(bytes=100_000))

    assert isinstance(got, Got)
    assert got.content == b"x" * 10_000
    assert outcome(bomb) is Outcome.OVERSIZE


def test_a_bomb_is_refused_long_before_the_cap_and_results_packed_tightly_are_not():
    bomb, honest = gzip.compress(b"x" * 60_000_000), gzip.compress(b"".join(b"%d mmol/L " % n for n in range(400_000)))

    with Loopback(says(bomb, Content_Encoding="gzip")) as server:
        tracemalloc.start()
        refused = send(server.address, Caps())
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    with Loopback(says(honest, Content_Encoding="gzip")) as server:
        got = send(server.address, Caps())

    assert outcome(refused) is Outcome.OVERSIZE
    assert most < 30_000_000
    assert isinstance(got, Got)
    assert got.content == gzip.decompress(honest)


@pytest.mark.parametrize(
    ("encoding", "body"),
    [("br", b"x"), ("gzip", b"not packed"), ("gzip", gzip.compress(b"x" * 5000, mtime=0)[:-20]), ("gzip, gzip", b"x")],
)
def test_what_cannot_be_unpacked_is_garbled(encoding, body):
    with Loopback(says(body, Content_Encoding=encoding)) as server:
        assert outcome(send(server.address)) is Outcome.GARBLED


def test_headers_beyond_the_cap_are_oversize():
    with Loopback(says(b"{}", X_Long="x" * 3900, X_More="y" * 3900)) as many, Loopback(says(b"", X="x" * 9000)) as long:
        assert outcome(send(many.address)) is Outcome.OVERSIZE
        assert outcome(send(long.address)) is Outcome.OVERSIZE


def test_a_body_cut_short_is_garbled():
    address = speaks(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{")

    assert outcome(send(address)) is Outcome.GARBLED


@pytest.mark.parametrize("raw", [b"SSH-2.0-OpenSSH_9.2\r\n", b"HTTP/9.9 two hundred\r\n\r\n", b"\x16\x03\x01\x00\x00"])
def test_what_is_not_http_is_garbled(raw):
    assert outcome(send(speaks(raw))) is Outcome.GARBLED


def test_a_connection_closed_without_a_word_may_be_tried_again():
    got = send(speaks(b""))

    assert isinstance(got, Trouble)
    assert (got.outcome, got.connecting) == (Outcome.UNREACHABLE, True)


def test_a_closed_port_is_unreachable():
    with Loopback(says(b"")) as server:
        address = server.address

    assert outcome(send(address)) is Outcome.UNREACHABLE


def test_a_redirect_is_not_followed():
    with Loopback(says(b"{}")) as elsewhere, Loopback(says(b"", status=302, Location=elsewhere.address)) as server:
        got = send(server.address)

    assert isinstance(got, Got)
    assert (got.status, elsewhere.asked) == (302, [])


def test_a_proxy_named_in_the_environment_is_not_used():
    program = (
        "import sys; from connectors.fetch import PlainFetch as P; print(P().send('GET', sys.argv[1], deadline=20)[2])"
    )
    with Loopback(says(b"proxied")) as proxy, Loopback(says(b"direct")) as server:
        environment = {**os.environ, "HTTP_PROXY": proxy.origin, "http_proxy": proxy.origin, "ALL_PROXY": proxy.origin}
        ran = subprocess.run(
            [sys.executable, "-c", program, server.address], env=environment, capture_output=True, text=True, check=True
        )

    assert (ran.stdout.strip(), proxy.asked) == ("b'direct'", [])


def test_certificates_and_names_are_checked():
    tls = make_tls()

    assert (tls.verify_mode, tls.check_hostname) == (ssl.CERT_REQUIRED, True)


def test_no_more_than_so_many_are_asked_at_once():
    most = [0, 0]

    async def script(asked: Asked) -> web.StreamResponse:
        most[0] += 1
        most[1] = max(most)
        await asyncio.sleep(0.01)
        most[0] -= 1
        return web.Response(body=b"{}")

    async def many(address: str) -> None:
        fetch = Fetch(tls=make_tls(), connect_seconds=2, caps=Caps(at_once=3))
        await asyncio.gather(*(fetch.send(Sending("GET", address, {}), Caps()) for _ in range(12)))
        await fetch.close()

    with Loopback(script) as server:
        asyncio.run(many(server.address))

    assert most[1] == 3


@pytest.mark.parametrize(
    "kind", ["application/fhir+json", "application/json; charset=utf-8", "APPLICATION/FHIR+JSON", ""]
)
def test_json_is_json_by_any_of_its_names(kind):
    assert not_json({"content-type": kind}) is None


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        ("text/html; charset=utf-8", "text/html instead of FHIR JSON"),
        ("application/fhir+xml", "application/fhir+xml instead of FHIR JSON"),
        ("patient/hargreaves-9995000008", "something else instead of FHIR JSON"),
        ("<script>", "something else instead of FHIR JSON"),
    ],
)
def test_what_is_no_json_is_named_and_nothing_of_it_repeated(kind, reason):
    trouble = not_json({"content-type": kind})

    assert trouble
    assert (trouble.outcome, trouble.reason) == (Outcome.GARBLED, reason)


def test_the_sign_in_can_send_and_read_from_an_ordinary_thread():
    with Loopback(says(b'{"ok":true}', kind="application/json")) as server:
        status, headers, body = PlainFetch().send(
            "POST", f"{server.origin}/token", headers={"Accept": "application/json"}, form={"code": "a b"}, deadline=5
        )

    assert (status, headers["content-type"], body) == (200, "application/json", b'{"ok":true}')
    assert server.asked[0].form == [("code", "a b")]


def test_the_sign_in_waits_no_longer_than_its_deadline():
    with Loopback(says_nothing) as server, pytest.raises(FetchFailed, match=r"no answer in 0\.2 s"):
        PlainFetch().send("GET", server.address, deadline=0.2)


def test_another_transport_may_be_handed_in():
    transport = httpx.MockTransport(lambda _: httpx.Response(200, stream=httpx.ByteStream(b"handed in")))

    assert PlainFetch(transport=lambda: transport).send("GET", "https://id.example/", deadline=1)[2] == b"handed in"
