"""The resident runs without the routes, and without OpenSSL until a gateway speaks TLS."""

import subprocess
import sys

SCRIPT = """
from selfheal.app.lean import leave_out_ssl
leave_out_ssl()
import asyncio, sys
import selfheal.app.serve
from selfheal.gateway.loopback import ask_all
assert sys.modules["ssl"] is None
assert {"httpx", "apprise", "certifi", "smtplib", "selfheal.app.routes"} & set(sys.modules) == set()

async def main():
    heard = asyncio.get_running_loop().create_future()
    async def serve(reader, writer):
        heard.set_result(await reader.readexactly(1))
        writer.close()
    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        answers = await ask_all(port, ["/healthz"], 20, tls=True)
        print((await heard).hex(), answers["/healthz"].silence)

asyncio.run(main())
leave_out_ssl()
assert sys.modules["ssl"] is not None
"""
CLIENT_HELLO = "16"
"""The first byte of TLS: a handshake record."""


def test_the_resident_goes_without_openssl_until_a_gateway_speaks_tls() -> None:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == [CLIENT_HELLO, "closed"]
