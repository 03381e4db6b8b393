"""door.py FD ADDRESS PORT: a listening socket of the host, passed as FD, leads to ADDRESS in the namespace this runs in."""

import socket
import sys
import threading


def pump(source, sink):
    try:
        while data := source.recv(65536):
            sink.sendall(data)
    except OSError:
        pass
    finally:
        for end, how in ((sink, socket.SHUT_WR), (source, socket.SHUT_RD)):
            try:
                end.shutdown(how)
            except OSError:
                pass


def serve(visitor, address):
    with visitor:
        try:
            with socket.create_connection(address, timeout=5) as inner:
                inner.settimeout(None)
                back = threading.Thread(target=pump, args=(inner, visitor), daemon=True)
                back.start()
                pump(visitor, inner)
                back.join()
        except OSError:
            pass


def main():
    listener = socket.socket(fileno=int(sys.argv[1]))
    while True:
        visitor, _ = listener.accept()
        threading.Thread(target=serve, args=(visitor, (sys.argv[2], int(sys.argv[3]))), daemon=True).start()


if __name__ == "__main__":
    main()
