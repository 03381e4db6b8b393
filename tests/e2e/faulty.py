"""Gateways that fail, each in its own way, in threads of the test: an address each, one port for all.

    with FaultyGateways(port, {"127.0.3.1": Fault.silent, ...}): ...
"""

import contextlib
import socket
import ssl
import struct
import subprocess
import threading
import time
import warnings

HELLO = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


def openssl(*arguments):
    subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True)


class Certificates:
    """Certificates that are wrong in one way each; `issue` gives the files for ssl.SSLContext.load_cert_chain."""

    def __init__(self, directory, host):
        self.directory, self.host = directory, host
        directory.mkdir()
        self.ca = self.authority("isochrone test")
        self.unknown = self.authority("nobody's authority")

    def path(self, name):
        return self.directory / name

    def authority(self, name):
        stem = name.replace(" ", "-").replace("'", "")
        openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", 30, "-subj",
                f"/CN={name}", "-addext", "basicConstraints=critical,CA:TRUE", "-keyout", self.path(f"{stem}.key"), "-out",
                self.path(f"{stem}.pem"))
        return self.path(f"{stem}.pem"), self.path(f"{stem}.key")

    def self_signed(self):
        openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", 30, "-subj",
                f"/CN={self.host}", "-addext", f"subjectAltName=DNS:{self.host}", "-keyout", self.path("self.key"), "-out",
                self.path("self.pem"))
        return self.path("self.pem"), self.path("self.key")

    def issue(self, name, host=None, ca=None, start=None, end=None, usage="serverAuth", key=("ec", "ec_paramgen_curve:P-256")):
        """`start`, `end`: as openssl ca writes dates, YYYYMMDDHHMMSSZ; without: good now."""
        certificate, ca_key = ca or self.ca
        request, key_file, out = self.path(f"{name}.csr"), self.path(f"{name}.key"), self.path(f"{name}.pem")
        openssl("req", "-newkey", key[0], "-pkeyopt", key[1], "-nodes", "-subj", f"/CN={host or self.host}", "-keyout", key_file,
                "-out", request)
        folder = self.path(f"{name}.ca")
        folder.mkdir()
        (folder / "index.txt").touch()
        (folder / "serial").write_text("01\n")
        (folder / "ca.cnf").write_text(
            f"[ca]\ndefault_ca = c\n[c]\nnew_certs_dir = {folder}\ndatabase = {folder}/index.txt\nserial = {folder}/serial\n"
            "default_md = sha256\npolicy = p\nx509_extensions = x\ndefault_days = 30\n[p]\ncommonName = supplied\n"
            f"[x]\nsubjectAltName = DNS:{host or self.host}\nextendedKeyUsage = {usage}\n")
        dates = [*(["-startdate", start] if start else []), *(["-enddate", end] if end else [])]
        openssl("ca", "-batch", "-notext", "-config", folder / "ca.cnf", "-cert", certificate, "-keyfile", ca_key, "-in", request,
                "-out", out, *dates)
        return out, key_file


def context_of(files, prepare=None):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    if prepare:
        prepare(context)
    context.load_cert_chain(*files)
    return context


def weak(context):
    """Lets this side of the connection do what no client of today takes."""
    context.set_ciphers("DEFAULT@SECLEVEL=0")


def old(context):
    weak(context)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that it is old is the point
        context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1


def reset(connection):
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def dribble(connection, octets, pause=0.05):
    with contextlib.suppress(OSError):
        while True:
            connection.sendall(octets)
            time.sleep(pause)


class FaultyGateways:
    """`faults`: address → a function of a connection, which is closed after it; or None: nobody listens there.
    `contexts`: address → SSLContext, where TLS comes before the fault."""

    def __init__(self, port, faults, contexts):
        self.listeners = []
        for address, fault in faults.items():
            if fault is None:
                continue
            listener = socket.create_server((address, port), backlog=64)
            self.listeners.append(listener)
            threading.Thread(target=self.serve, args=(listener, fault, contexts.get(address)), daemon=True).start()

    @staticmethod
    def serve(listener, fault, context):
        with contextlib.suppress(OSError):
            while True:
                connection, _ = listener.accept()
                threading.Thread(target=FaultyGateways.meet, args=(connection, fault, context), daemon=True).start()

    @staticmethod
    def meet(connection, fault, context):
        with contextlib.suppress(OSError):  # an SSLError is one
            connection.settimeout(5)
            if context is not None:
                connection = context.wrap_socket(connection, server_side=True)
                connection.recv(4096)  # the request
            fault(connection)
        connection.close()

    def close(self):
        for listener in self.listeners:
            listener.shutdown(socket.SHUT_RDWR)
            listener.close()
