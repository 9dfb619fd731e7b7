"""http.client of Python's standard library: the body by read(), or line by line.

usage: http_client.py whole|lines URL
"""

import http.client
import os
import sys
import urllib.parse


def pieces(response, by_line):
    if by_line:
        yield from response
        return
    try:
        yield response.read()
    except http.client.IncompleteRead as error:
        # What has come is a part of the complaint.
        yield error.partial
        raise


def main(how, url):
    address = urllib.parse.urlsplit(url)
    connection = http.client.HTTPConnection(address.netloc)
    connection.request("GET", f"{address.path}?{address.query}")
    for piece in pieces(connection.getresponse(), how == "lines"):
        os.write(1, piece)


try:
    main(*sys.argv[1:])
except (OSError, http.client.HTTPException) as error:
    sys.exit(f"{type(error).__name__}: {error}")
