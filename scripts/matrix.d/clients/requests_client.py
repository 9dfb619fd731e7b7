"""requests: the body by iter_content, as it comes.

usage: requests_client.py URL
"""

import os
import sys

import requests


def main(url):
    for piece in requests.get(url, stream=True).iter_content(None):
        os.write(1, piece)


try:
    main(sys.argv[1])
except requests.RequestException as error:
    sys.exit(f"{type(error).__name__}: {error}")
