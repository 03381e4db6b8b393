#!/usr/bin/python3
"""gateway.py REGION ADDRESS... --cert F --key F: a regional gateway, as one that answers HTTPS.

/status-0123456789abcdef says 200, everything else greets in the region's name. A control file (--control F), read at each
request, changes what it does: empty or absent: serve; "hang": take the connection and say nothing; a number: that status.
"""

import argparse
import http.server
import pathlib
import socket
import ssl
import threading
import time

STATUS_PATH = "/status-0123456789abcdef"


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    timeout = 30

    def do_GET(self):
        order = self.server.order()
        if order == "hang":
            time.sleep(60)
            return
        status = int(order) if order else 200
        body = "" if self.path == STATUS_PATH else f"{self.server.region} greets {self.client_address[0]}\n"
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body.encode())

    do_HEAD = do_GET

    def log_message(self, *_):
        pass


class Gateway(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, region, address, port, context, control):
        self.address_family = socket.AF_INET6 if ":" in address else socket.AF_INET
        self.region, self.control = region, control
        super().__init__((address, port), Handler)
        self.context = context

    def order(self):
        try:
            return self.control.read_text().strip() if self.control else ""
        except FileNotFoundError:
            return ""

    def server_bind(self):
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(self.server_address)
        self.server_name, self.server_port = self.server_address[0], self.server_address[1]

    def finish_request(self, request, client_address):
        # The handshake in the connection's own thread, and bounded: a peer that stalls holds up nobody else.
        request.settimeout(10)
        if self.context is None:
            return super().finish_request(request, client_address)
        try:
            with self.context.wrap_socket(request, server_side=True) as secure:
                super().finish_request(secure, client_address)
        except (ssl.SSLError, OSError):
            return None

    def handle_error(self, request, client_address):
        pass


def main():
    parser = argparse.ArgumentParser(description="A regional gateway that answers HTTPS.")
    parser.add_argument("region")
    parser.add_argument("addresses", nargs="+", metavar="address")
    parser.add_argument("--port", type=int, default=443)
    parser.add_argument("--cert", type=pathlib.Path, help="without: plain HTTP")
    parser.add_argument("--key", type=pathlib.Path)
    parser.add_argument("--control", type=pathlib.Path)
    options = parser.parse_args()

    context = None
    if options.cert:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(options.cert, options.key)
    gateways = [Gateway(options.region, address, options.port, context, options.control) for address in options.addresses]
    for gateway in gateways:
        threading.Thread(target=gateway.serve_forever, daemon=True).start()
    print("ready", flush=True)
    threading.Event().wait()


if __name__ == "__main__":
    main()
