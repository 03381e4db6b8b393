"""Gateways that tell a server of their clients."""

import http.client
import itertools
import json

runs = itertools.count(1000)


class Gateways:
    """Of a server's `regions`, each with a token of its own in `folder`, written into the server's configuration."""

    def __init__(self, server, folder, regions):
        self.server = server
        tokens = ""
        for name in (*regions, "ops"):
            path = folder / f"{name}.token"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(f"{name}-secret-0123456789\n")
            path.chmod(0o600)
            right = "read" if name == "ops" else f"observe:{name}"
            tokens += f"    {name}: {{file: {path}, may: [\"{right}\"]}}\n"
        config = server.config
        config.write_text(config.read_text().replace(
            f"admin: 127.0.0.1:{server.admin_port}\n",
            f"admin:\n  listen: 127.0.0.1:{server.admin_port}\n  tokens:\n{tokens}"))

    def post(self, body, token):
        """(status, error) of a report sent by hand."""
        connection = http.client.HTTPConnection("127.0.0.1", self.server.admin_port, timeout=10)
        try:
            headers = {"Authorization": f"Bearer {token}-secret-0123456789"} if token else {}
            connection.request("POST", "/api/v1/observations", body if isinstance(body, str) else json.dumps(body), headers)
            response = connection.getresponse()
            text = response.read()
        finally:
            connection.close()
        return response.status, json.loads(text)["error"] if text else ""

    def observe(self, region, rtts, samples=1000, token=None, run=None, sequence=1):
        """A report of `region`'s gateways: {network: milliseconds}."""
        networks = [{"network": network, "samples": samples, "rtt_us": round(ms * 1000), "spread_us": 500, "least_us": round(ms * 1000)}
                    for network, ms in rtts.items()]
        return self.post({"region": region, "run": run or next(runs), "sequence": sequence, "networks": networks}, token or region)
