"""httpx with httpx-sse: requests one after the other from one pool.

usage: httpx_pool.py ORIGIN PATH [METHOD:PATH]...

The first is a stream, read to its end. Below httpx is h11, which forgives nothing: an octet after a response that has no
body would be the beginning of the next one, and an error.
"""

import sys

import httpx
import httpx_sse


def show(text):
    print(text, end="", flush=True)


def main(origin, stream, *others):
    # trust_env=False: no proxy of the surroundings.
    with httpx.Client(base_url=origin, timeout=60, trust_env=False) as client:
        with httpx_sse.connect_sse(client, "GET", stream) as source:
            response = source.response
            show(f": {response.status_code} {response.headers['content-type']} {response.http_version}\n")
            for event in source.iter_sse():
                show(f"id:{event.id}\nevent:{event.event}\ndata:{event.data}\n\n")
        show(": end\n")
        for method, path in (other.split(":", 1) for other in others):
            response = client.request(method, path)
            show(f": {response.status_code} {response.content!r}\n")


main(*sys.argv[1:])
