"""httpx with httpx-sse: a stream to its end, and a second request from the same pool.

usage: httpx_pool.py ORIGIN STREAM-PATH [NEXT-PATH]
"""

import sys

import httpx
import httpx_sse


def show(text):
    print(text, end="", flush=True)


def main(origin, stream, next_path=None):
    # trust_env=False: no proxy of the surroundings.
    with httpx.Client(base_url=origin, timeout=60, trust_env=False) as client:
        with httpx_sse.connect_sse(client, "GET", stream) as source:
            response = source.response
            show(f": {response.status_code} {response.headers['content-type']} {response.http_version}\n")
            for event in source.iter_sse():
                show(f"id:{event.id}\nevent:{event.event}\ndata:{event.data}\n\n")
        show(": end\n")
        if next_path:
            response = client.get(next_path)
            show(f": {response.status_code} {response.content!r}\n")


main(*sys.argv[1:])
