"""Simulated vantages of a cluster, and watchers as nodes have them, at one etcd: a program of its own, so that its cost is told apart.

    vantages.py --port N --vantages 200 --regions 60 --watchers 0

Every vantage renews its lease and writes a full report every two seconds, compressed, as a node does that measures; a watcher takes every
event and reads none. Says in JSON, a line every ten seconds, what was written and how long etcd took.
"""
import argparse
import asyncio
import base64
import json
import random
import statistics
import time
import zlib

BEAT = 2.0
CONNECTIONS = 32
LEASE_SECONDS = 8
PREFIX = "isochrone/prod/live/"
EXPIRY = 1_900_000_000


def target_key(region):
    """As the node calls gateway `region` of the generated configuration."""
    return f"{address(region)} hc gw.example /healthz"


def address(region):
    return f"127.1.{region >> 8}.{region & 255}"


def coded(text):
    return base64.b64encode(text.encode()).decode()


class Vantage:
    """One vantage's view of every region: probed every `interval` ms, RTTs that jitter, and now and then a region down for some beats."""

    def __init__(self, name, regions, draw, flips=1 / 600, interval=5000):
        self.name, self.draw, self.flips, self.interval = name, draw, flips, interval
        self.run, self.sequence = draw.getrandbits(62), 0
        self.base = [draw.randrange(3_000, 250_000) for _ in range(regions)]
        self.rtts = list(self.base)
        self.phase = [draw.randrange(interval) for _ in range(regions)]
        self.keys = [target_key(r) for r in range(regions)]
        self.down = {}                                 # region → beats that it stays so

    def report(self):
        self.sequence += 1
        self.down = {region: left - 1 for region, left in self.down.items() if left}
        # Regions 0 and 1 are the judge's, who measures how soon a verdict is answered.
        if self.draw.random() < self.flips and len(self.keys) > 2:
            self.down[self.draw.randrange(2, len(self.keys))] = 5
        return '{"run":%d,"sequence":%d,"targets":[%s],"vantage":"%s"}' % (
            self.run, self.sequence, ",".join(self._target(r) for r in range(len(self.keys))), self.name)

    def _target(self, region):
        lasted = self.sequence * 2000 + self.phase[region]
        age = lasted % self.interval
        if region in self.down:
            return ('{"age_ms":0,"certificate_expiry":%d,"key":"%s","loss":0.21,"reason":"connection refused","rtt_us":%d,"since_ms":1000,'
                    '"verdict":"down"}' % (EXPIRY, self.keys[region], self.rtts[region]))
        if age < 2000:                                 # tried since the report before
            self.rtts[region] = int(self.base[region] * (0.97 + 0.06 * self.draw.random()))
        return '{"age_ms":%d,"certificate_expiry":%d,"key":"%s","rtt_us":%d,"since_ms":%d,"verdict":"up"}' % (
            age, EXPIRY, self.keys[region], self.rtts[region], 1_000_000 + lasted)


class Gateway:
    """etcd's JSON gateway over a few kept connections."""

    def __init__(self, port):
        self.port, self.idle = port, asyncio.Queue()
        for _ in range(CONNECTIONS):
            self.idle.put_nowait(None)

    async def call(self, path, body):
        connection = await self.idle.get()
        try:
            if connection is None:
                connection = await asyncio.open_connection("127.0.0.1", self.port)
            reader, writer = connection
            writer.write(b"POST %s HTTP/1.1\r\nHost: etcd\r\nContent-Length: %d\r\n\r\n" % (path.encode(), len(body)) + body)
            head = await reader.readuntil(b"\r\n\r\n")
            answer = json.loads(await self._body(reader, head.lower()))
            if not head.startswith(b"HTTP/1.1 200"):
                raise OSError(answer.get("error"))
            return answer
        except BaseException:
            connection = None
            raise
        finally:
            self.idle.put_nowait(connection)

    async def _body(self, reader, head):
        if b"transfer-encoding: chunked" not in head:
            return await reader.readexactly(int(head.partition(b"content-length:")[2].split(b"\r\n")[0]))
        whole = b""
        while size := int(await reader.readline(), 16):
            whole += (await reader.readexactly(size + 2))[:-2]
        await reader.readline()
        return whole


class Watcher(asyncio.Protocol):
    octets = 0

    def connection_made(self, transport):
        body = json.dumps({"create_request": {"key": coded(PREFIX), "range_end": coded(PREFIX[:-1] + "0")}}).encode()
        transport.write(b"POST /v3/watch HTTP/1.1\r\nHost: etcd\r\nContent-Length: %d\r\n\r\n" % len(body) + body)

    def data_received(self, data):
        Watcher.octets += len(data)


class Fleet:
    def __init__(self, gateway):
        self.gateway, self.took, self.octets, self.late, self.failed = gateway, [], 0, 0, 0

    async def speak(self, vantage, phase):
        due = time.monotonic() + phase
        lease = None
        while True:
            await asyncio.sleep(max(0, due - time.monotonic()))
            try:
                if lease is None:
                    lease = (await self.gateway.call("/v3/lease/grant", b'{"TTL":"%d"}' % LEASE_SECONDS))["ID"]
                else:
                    await self.gateway.call("/v3/lease/keepalive", b'{"ID":"%s"}' % lease.encode())
                value = zlib.compress(vantage.report().encode(), 1)
                began = time.monotonic()
                await self.gateway.call("/v3/kv/put", b'{"key":"%s","lease":"%s","value":"%s"}' % (
                    coded(PREFIX + "vantage/" + vantage.name).encode(), lease.encode(), base64.b64encode(value)))
                self.took.append(time.monotonic() - began)
                self.octets += len(value)
            except (OSError, asyncio.IncompleteReadError):
                self.failed += 1
                lease = None
            due += BEAT
            while due < time.monotonic() - BEAT:      # a beat that could not be kept is left out
                due += BEAT
                self.late += 1

    async def tell(self):
        while True:
            before, began = Watcher.octets, time.monotonic()
            await asyncio.sleep(10)
            took, self.took = sorted(self.took) or [0], []
            elapsed = time.monotonic() - began
            print(json.dumps({"puts_s": len(took) / elapsed, "report_octets": self.octets / len(took), "put_p50_ms": statistics.median(took) * 1e3,
                              "put_p99_ms": took[len(took) * 99 // 100] * 1e3, "late": self.late, "failed": self.failed,
                              "watched_mb_s": (Watcher.octets - before) / elapsed / 1e6}), flush=True)
            self.octets = self.late = self.failed = 0


async def run(args):
    fleet, draw, loop = Fleet(Gateway(args.port)), random.Random(1), asyncio.get_running_loop()
    for _ in range(args.watchers):
        await loop.create_connection(Watcher, "127.0.0.1", args.port)
    vantages = [Vantage(f"v{n:03}", args.regions, draw) for n in range(args.vantages)]
    await asyncio.gather(fleet.tell(), *(fleet.speak(v, n * BEAT / len(vantages)) for n, v in enumerate(vantages)))


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    for option in ("--port", "--vantages", "--regions", "--watchers"):
        parser.add_argument(option, type=int, required=True)
    asyncio.run(run(parser.parse_args()))
