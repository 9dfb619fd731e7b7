#!/usr/bin/env python3
"""A client written by hand: says octet for octet what you tell it to, and shows what comes back.

    raw.py HOST:PORT ACT...

    send OCTETS     in one write; escapes as in C: \\r \\n \\xEC
    slowly OCTETS   one write for each octet
    read            until nothing has come for half a second after something has, or FIN, or RST
    until OCTETS    until what has come ends with these, or FIN, or RST
    until-end       until FIN, or RST
    count           as read, but for two seconds, and print only how many octets came
    wait SECONDS    do nothing
    fin             half-close: shutdown(SHUT_WR)
    rst             close with SO_LINGER 0
    small-buffer    first of all: a receive buffer of 4 KiB, so that a slow reader is slow at once

What is sent stands behind ->, what comes behind <-, one line of text in each row.
"""
import codecs, socket, struct, sys, time


def octets(text):
    return codecs.escape_decode(text.encode())[0]


def show(arrow, data):
    for line in data.splitlines(keepends=True):
        print(arrow, "".join(visible(c) for c in line))


def visible(octet):
    if octet == 13:
        return "\u240d"
    if octet == 10:
        return "\u240a"
    return chr(octet) if 32 <= octet < 127 else f"\\x{octet:02X}"


def receive(sock, silence, until=None):
    """All that comes, and how it ended."""
    data = b""
    # A busy machine may let the first octets wait.
    sock.settimeout(max(silence, 5))
    while until is None or not data.endswith(until):
        try:
            piece = sock.recv(65536)
        except TimeoutError:
            return data, None
        except ConnectionResetError:
            return data, "RST"
        if not piece:
            return data, "FIN"
        data += piece
        sock.settimeout(silence)
    return data, None


def main():
    address, acts = sys.argv[1], sys.argv[2:]
    host, port = address.rsplit(":", 1)
    sock = socket.socket()
    if "small-buffer" in acts:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    sock.connect((host, int(port)))
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    acts = iter(acts)
    for act in acts:
        try:
            if act == "send":
                data = octets(next(acts))
                sock.sendall(data)
                show("->", data)
            elif act == "slowly":
                data = octets(next(acts))
                for at in range(len(data)):
                    sock.sendall(data[at : at + 1])
                    time.sleep(0.002)
                show("->", data)
            elif act in ("read", "until", "until-end", "count"):
                silence = 60 if act.startswith("until") else 2 if act == "count" else 0.5
                data, end = receive(sock, silence, octets(next(acts)) if act == "until" else None)
                if act == "count":
                    print("<-", len(data), "octets")
                else:
                    show("<-", data)
                if end:
                    print("<-", end)
            elif act == "wait":
                time.sleep(float(next(acts)))
            elif act == "fin":
                sock.shutdown(socket.SHUT_WR)
                print("-> FIN")
            elif act == "rst":
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                sock.close()
                print("-> RST")
            elif act != "small-buffer":
                sys.exit(f"raw.py: there is no act {act!r}\n{__doc__}")
        except OSError as error:
            print("--", type(error).__name__)
            return


if len(sys.argv) < 3:
    sys.exit(__doc__)
main()
