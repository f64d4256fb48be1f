"""The process that serves: signals, workers, and clients that mean harm. Each test talks to a real one."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest
import uvicorn
import uvicorn.server

from asking import ask
from devicecat import load_catalog
from devicecat.loader import BUNDLED
from devicecat.web.guard import LARGEST_HEAD, Limits
from devicecat.web.keeper import Keeper
from devicecat.web.protocol import Protocol, Together
from devicecat.web.service import create_app
from serving import Service, running

if TYPE_CHECKING:
    from collections.abc import Iterator

posix = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has neither SIGHUP nor fork")


def head_and_body(answer: bytes) -> tuple[int, bytes, bytes]:
    """The status of the last response in some bytes, its head and its body."""
    head, _, body = answer.partition(b"\r\n\r\n")
    return int(head.split()[1]), head, body


def problem_of(answer: bytes) -> str:
    status, head, body = head_and_body(answer)
    assert b"content-type: application/problem+json" in head.lower(), answer
    told = json.loads(body)
    assert told["status"] == status
    return str(told["type"]).removeprefix("/v1/problems#")


@pytest.fixture(scope="module")
def service() -> Iterator[Service]:
    with running() as service:
        yield service


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A catalogue of two devices, to be changed."""
    shutil.copytree(BUNDLED, tmp_path / "held", ignore=shutil.ignore_patterns("*.toml"))
    for name in ("devices/combo.toml", "devices/invamed-atlas.toml", "rules/within-10-percent.toml", "regions.toml"):
        shutil.copy(BUNDLED / name, tmp_path / "held" / name)
    return tmp_path / "held"


class TestHostileClients:
    def test_headers_without_end_are_refused(self, service: Service) -> None:
        flood = b"GET / HTTP/1.1\r\nHost: x\r\n" + b"X-A: " + b"a" * (LARGEST_HEAD + 10) + b"\r\n\r\n"
        assert problem_of(service.talk(flood)) == "headers-too-large"

    def test_as_many_headers_as_fit_are_refused_too(self, service: Service) -> None:
        assert (
            problem_of(service.talk(b"GET / HTTP/1.1\r\nHost: x\r\n" + b"A: 1\r\n" * 500 + b"\r\n"))
            == "headers-too-large"
        )

    def test_an_address_without_end_is_refused(self, service: Service) -> None:
        head = b"GET /" + b"a" * 9000 + b" HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
        assert problem_of(service.talk(head)) == "address-too-long"

    @pytest.mark.parametrize(
        "request_",
        [
            b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\r\n\r\n",
            b"GET /\r\n\r\n",
            b"GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n",
            b"GET / HTTP/1.1\r\n\r\n",
            b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
            b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
            b"GET /a b HTTP/1.1\r\nHost: x\r\n\r\n",
            "GET /ü HTTP/1.1\r\nHost: x\r\n\r\n".encode(),
            b"POST /v1/udi HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: made-up\r\n\r\n",
        ],
    )
    def test_what_is_no_http_is_a_problem(self, service: Service, request_: bytes) -> None:
        assert problem_of(service.talk(request_)) in ("bad-request", "refused")

    def test_a_chunk_that_is_none_ends_the_connection(self, service: Service) -> None:
        head = (
            b"POST /v1/udi HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
        )
        assert problem_of(service.talk(head, b"zz\r\n", pause=0.1)) == "bad-request"

    def test_a_body_larger_than_it_is_read_is_refused(self, service: Service) -> None:
        size = Limits().body + 1
        head = b"POST /v1/sizes HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-ndjson\r\nContent-Length: %d\r\n\r\n"
        try:
            answer = service.talk(head % size, b"x" * size)
        except (BrokenPipeError, ConnectionResetError):
            return  # closed while we were sending
        assert problem_of(answer) == "too-large"

    @pytest.mark.parametrize("method", ["POST", "GET"])
    def test_a_body_that_is_declared_larger_than_it_is_read_is_not_waited_for(
        self, service: Service, method: str
    ) -> None:
        head = f"{method} /v1/sizes HTTP/1.1\r\nHost: x\r\nContent-Length: {10**15}\r\n\r\n"
        began = time.monotonic()
        answer = service.talk(head.encode())
        assert problem_of(answer) == "too-large"
        assert b"connection: close" in answer.lower()
        assert time.monotonic() - began < Limits().body_seconds / 2

    def test_requests_one_behind_the_other_are_answered_in_order(self, service: Service) -> None:
        one = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
        last = b"GET /nix HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
        answer = service.talk(one + one + last)
        assert answer.count(b'"status": "ok"') == 2
        assert answer.index(b"not-found") > answer.rindex(b'"status": "ok"')

    def test_an_upgrade_is_not_taken(self, service: Service) -> None:
        wanted = b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"
        with_end = wanted.replace(b"Upgrade\r\n", b"Upgrade, close\r\n", 1)
        assert head_and_body(service.talk(with_end))[0] == 200

    def test_paths_lead_nowhere_but_to_paths(self, service: Service) -> None:
        for path in (b"/../../etc/passwd", b"/v1/devices/..%2f..%2fetc%2fpasswd", b"/%00", b"/v1/devices/%2e%2e"):
            answer = service.talk(b"GET " + path + b" HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            assert problem_of(answer) in ("not-found", "unknown-device")
            assert b"root:" not in answer

    def test_after_all_of_it_the_service_answers(self, service: Service) -> None:
        assert json.loads(service.get("/healthz"))["status"] == "ok"
        assert all(line.startswith(("{", "devicecat: http://")) for line in service.log)
        assert not any('"level": "error"' in line for line in service.log)


class TestSlowClients:
    """In this process, since a test does not wait as long as the service does."""

    @staticmethod
    def talk(*parts: bytes, pause: float = 0.15) -> bytes:
        class Hurried(Protocol):
            head_seconds = 0.3

        async def main() -> bytes:
            app = create_app(Keeper(catalog=_CATALOG), Limits(body_seconds=0.3))
            config = uvicorn.Config(
                app, http=Hurried, ws="none", lifespan="off", log_config=None, timeout_keep_alive=1, port=0
            )
            server = uvicorn.Server(config)
            config.load()
            server.lifespan = config.lifespan_class(config)
            await server.startup()
            address = server.servers[0].sockets[0].getsockname()
            reader, writer = await asyncio.open_connection(*address)
            for part in parts:
                writer.write(part)
                await asyncio.sleep(pause)
            answer = await asyncio.wait_for(reader.read(), 5)
            writer.close()
            server.should_exit = True
            await server.shutdown()
            return answer

        return asyncio.run(main())

    @pytest.mark.parametrize("asks", [True, False])
    def test_a_connection_taken_as_the_process_ends_is_still_answered(self, *, asks: bool) -> None:
        async def main() -> bytes:
            config = uvicorn.Config(
                create_app(Keeper(catalog=_CATALOG)), http=Protocol, ws="none", lifespan="off", log_config=None, port=0
            )
            config.load()
            server = uvicorn.Server(config)
            server.lifespan = config.lifespan_class(config)
            await server.startup()
            reader, writer = await asyncio.open_connection(*server.servers[0].sockets[0].getsockname())
            await asyncio.sleep(0.05)
            ending = asyncio.create_task(server.shutdown())
            await asyncio.sleep(0.1)
            if asks:
                writer.write(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
            answer = await asyncio.wait_for(reader.read(), 5)
            writer.close()
            await ending
            return answer

        assert asyncio.run(main()).startswith(b"HTTP/1.1 200" if asks else b"")

    def test_nothing_is_written_to_a_connection_that_is_closing(self) -> None:
        async def main() -> list[bytes]:
            config = uvicorn.Config(create_app(Keeper(catalog=_CATALOG)), http=Protocol, ws="none", log_config=None)
            config.load()
            protocol = Protocol(config, uvicorn.server.ServerState(), {})
            written: list[bytes] = []
            protocol.transport = SimpleNamespace(  # type: ignore[assignment]  # enough of one
                is_closing=lambda: True, close=lambda: None, write=written.append
            )
            protocol.leave_seconds = 0
            protocol.shutdown()
            await asyncio.sleep(0.01)
            protocol.send_400_response("")
            return written

        assert asyncio.run(main()) == []

    def test_a_head_that_never_ends_is_refused(self) -> None:
        assert problem_of(self.talk(b"GET / HTTP/1.1\r\n", b"X-A: 1\r\n")) == "too-late"

    def test_a_connection_that_says_nothing_is_closed(self) -> None:
        assert problem_of(self.talk()) == "too-late"

    def test_a_second_head_that_never_ends_is_refused_too(self) -> None:
        answer = self.talk(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n", b"GET /")
        assert answer.startswith(b"HTTP/1.1 200")
        assert b"/v1/problems#too-late" in answer

    def test_a_body_that_never_ends_is_refused(self) -> None:
        head = b"POST /v1/udi HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n"
        assert problem_of(self.talk(head, b"{")) == "too-late"

    def test_a_head_in_parts_is_read_when_it_is_whole(self) -> None:
        answer = self.talk(b"GET /healthz HT", b"TP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", pause=0.05)
        assert answer.startswith(b"HTTP/1.1 200")

    def test_a_chunk_that_is_none_ends_the_connection_and_no_second_answer_comes(self) -> None:
        head = (
            b"POST /v1/udi HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
        )
        assert self.talk(head, b"zz\r\n").count(b"HTTP/1.1 ") == 1

    def test_what_is_no_http_is_a_problem_and_so_are_heads_without_end(self) -> None:
        assert problem_of(self.talk(b"nonsense\r\n\r\n")) == "bad-request"
        assert problem_of(self.talk(b"GET / HTTP/1.1\r\nX-A: " + b"a" * 70_000)) == "headers-too-large"

    def test_rubbish_behind_an_answer_that_is_under_way_ends_the_connection(self) -> None:
        body = b'{"reference_diameter": "3 mm"}\n' * 8
        head = b"POST /v1/sizes HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-ndjson\r\nTransfer-Encoding: chunked\r\n\r\n"
        answer = self.talk(head + b"%x\r\n" % len(body) + body + b"\r\n0\r\n\r\nrubbish\r\n\r\n", pause=0.05)
        assert answer.startswith(b"HTTP/1.1 200")


_CATALOG = load_catalog()


class TestWhatIsSentTogether:
    @staticmethod
    def sent(*turns: list[bytes], closes: bool = False) -> list[bytes]:
        """What a transport is given of what is written turn by turn of the loop."""
        sent: list[bytes] = []
        below = SimpleNamespace(write=sent.append, close=lambda: sent.append(b"closed"), is_closing=lambda: False)

        async def write() -> None:
            transport = Together(below, asyncio.get_running_loop())  # type: ignore[arg-type]  # enough of one
            assert not transport.is_closing()
            for turn in turns:
                for data in turn:
                    transport.write(data)
                await asyncio.sleep(0)
            if closes:
                transport.write(b"last")
                transport.close()

        asyncio.run(write())
        return sent

    def test_the_head_goes_with_the_body(self) -> None:
        assert self.sent([b"head", b"body", b""]) == [b"headbody"]

    def test_a_head_without_a_body_waits_for_one_turn_of_the_loop(self) -> None:
        assert self.sent([b"head"], [b"body"]) == [b"head", b"body"]

    def test_what_is_long_does_not_wait(self) -> None:
        assert self.sent([b"x" * 5000, b"short", b"x" * 5000]) == [b"x" * 5000, b"short" + b"x" * 5000]

    def test_what_is_held_is_sent_before_the_end(self) -> None:
        assert self.sent([b"head", b"body"], closes=True) == [b"headbody", b"last", b"closed"]


@posix
class TestSignals:
    @pytest.mark.parametrize("workers", ["1", "2"])
    def test_hup_takes_a_changed_catalogue_and_keeps_the_old_one_if_it_is_broken(
        self, folder: Path, workers: str
    ) -> None:
        with running("--catalog", str(folder), "--workers", workers) as service:
            before = self.digests(service)
            assert len(before) == 1
            device = folder / "devices" / "combo.toml"
            text = device.read_text(encoding="utf-8")

            device.write_text(text + "\n[broken", encoding="utf-8")
            service.process.send_signal(signal.SIGHUP)
            told = json.loads(service.wait_for("the old one goes on serving"))
            assert "combo.toml" in told["problems"][0]
            assert self.digests(service) == before

            device.unlink()
            service.process.send_signal(signal.SIGHUP)
            service.wait_for('"catalogue taken"')
            last = time.monotonic() + 10
            while (after := self.digests(service)) & before and time.monotonic() < last:
                time.sleep(0.05)
            assert len(after) == 1
            assert after.isdisjoint(before)
            assert service.end() in (0, -signal.SIGTERM)

    @staticmethod
    def digests(service: Service) -> set[str]:
        """The catalogues that some new connections are answered from."""
        return {json.loads(service.get("/healthz"))["catalog_digest"] for _ in range(8)}

    def test_a_worker_that_ends_is_replaced(self, folder: Path) -> None:
        with running("--catalog", str(folder), "--workers", "2") as service:
            service.get("/healthz")
            children = self.children(service)
            assert len(children) == 2
            time.sleep(2.1)  # one that ends sooner counts as failing
            os.kill(children[0], signal.SIGKILL)
            service.wait_for("another one takes its place")
            assert json.loads(service.get("/healthz"))["status"] == "ok"
            assert len(self.children(service)) == 2
            assert service.end(signal.SIGINT) == 0
            assert not [child for child in children if Path(f"/proc/{child}").exists()]

    @staticmethod
    def children(service: Service) -> list[int]:
        done = subprocess.run(
            ["ps", "-o", "pid=", "--ppid", str(service.process.pid)], capture_output=True, text=True, check=False
        )
        return sorted(map(int, done.stdout.split()))

    def test_an_answer_that_has_begun_is_finished_before_the_end(self) -> None:
        with running() as service:
            body = b'{"reference_diameter": "3 mm"}\n' * 20
            head = b"POST /v1/sizes HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/x-ndjson\r\n"
            import socket

            with socket.create_connection(service.address, timeout=20) as connection:
                connection.sendall(head + b"Content-Length: %d\r\n\r\n" % len(body) + body)
                answer = connection.recv(1000)
                service.process.send_signal(signal.SIGTERM)
                while part := connection.recv(2**20):
                    answer += part
            assert answer.count(b'"answer_id"') == 20
            assert answer.endswith(b"0\r\n\r\n")


class TestStarting:
    @staticmethod
    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "devicecat", "serve", *arguments],
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

    def test_a_port_that_is_taken_is_one_sentence(self, service: Service) -> None:
        done = self.run("--port", str(service.address[1]))
        assert done.returncode == 2
        assert "cannot listen (Address already in use); name another" in done.stderr
        assert len(done.stderr.splitlines()) == 1

    @pytest.mark.parametrize("arguments", [("--host", "no such host"), ("--port", "99999"), ("--workers", "0")])
    def test_what_cannot_be_is_told(self, arguments: tuple[str, ...]) -> None:
        done = self.run(*arguments)
        assert done.returncode == 2
        assert "Traceback" not in done.stderr

    def test_a_broken_catalogue_is_told_with_its_lines(self, folder: Path) -> None:
        (folder / "devices" / "combo.toml").write_text("schema = 1\n", encoding="utf-8")
        done = self.run("--catalog", str(folder))
        assert done.returncode == 2
        assert "combo.toml" in done.stderr

    def test_it_listens_to_this_machine_only_and_says_so_where_it_does_not(self, service: Service) -> None:
        assert service.address[0] == "127.0.0.1"
        with running("--host", "0.0.0.0") as open_:  # noqa: S104 - what is tested
            assert "can be reached from other machines" in open_.wait_for("password")


def test_a_report_over_the_wire_is_the_bytes_of_the_command_line(service: Service) -> None:
    query = "/v1/sizes?reference_diameter=2.75%20mm&lesion_length=18%20mm&region=TR"
    command = [sys.executable, "-m", "devicecat", "find", "2.75 mm", "--lesion", "18 mm", "--region", "TR", "--json"]
    done = subprocess.run(command, capture_output=True, check=True)
    assert service.get(query) == done.stdout


def test_the_application_is_the_same_in_a_server_of_ones_own() -> None:
    assert ask(create_app(Keeper(catalog=_CATALOG)), "/healthz").status == 200
