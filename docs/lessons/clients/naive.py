#!/usr/bin/env python3
"""Two readers of one stream: naive.py URL

The naive one decodes each chunk by itself; the careful one keeps the octets of a character that is not complete.
"""
import codecs, http.client, sys
from urllib.parse import urlsplit

url = urlsplit(sys.argv[1])
connection = http.client.HTTPConnection(url.netloc)
connection.request("GET", f"{url.path}?{url.query}")
response = connection.getresponse()
careful = codecs.getincrementaldecoder("utf-8")()
while chunk := response.read1():
    print("octets ", chunk.hex(" "))
    print("naive  ", repr(chunk.decode("utf-8", errors="replace")))
    print("careful", repr(careful.decode(chunk)))
