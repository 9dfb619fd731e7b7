"""Python's http.client: a stream to its end, and a second request by the same HTTPConnection.

usage: http_client.py HOST:PORT STREAM-PATH [NEXT-PATH]

Standard library only. The lines of the body are shown as they come; remarks are comments of the event stream.
"""

import http.client
import sys


def show(text):
    print(text, end="", flush=True)


def main(address, stream, next_path=None):
    connection = http.client.HTTPConnection(address, timeout=60)
    connection.request("GET", stream)
    response = connection.getresponse()
    show(f": {response.status} {response.getheader('content-type')}\n")
    for line in response:
        show(line.decode())
    show(": end\n")
    if next_path:
        # http.client would connect again by itself, and the trace of the server would show it.
        connection.request("GET", next_path)
        response = connection.getresponse()
        show(f": {response.status} {response.read()!r}\n")
    connection.close()


main(*sys.argv[1:])
