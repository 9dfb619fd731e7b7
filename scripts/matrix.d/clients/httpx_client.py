"""httpx: the body by iter_bytes, as it comes.

usage: httpx_client.py URL
"""

import os
import sys

import httpx


def main(url):
    with httpx.stream("GET", url) as response:
        for piece in response.iter_bytes():
            os.write(1, piece)


try:
    main(sys.argv[1])
except httpx.HTTPError as error:
    sys.exit(f"{type(error).__name__}: {error}")
