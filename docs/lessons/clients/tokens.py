#!/usr/bin/env python3
"""A reader of a token stream that keeps the three ends apart: tokens.py URL"""
import http.client, json, sys
from urllib.parse import urlsplit

url = urlsplit(sys.argv[1])
connection = http.client.HTTPConnection(url.netloc, timeout=2)
connection.request("POST", f"{url.path}?{url.query}", body="{}", headers={"Content-Type": "application/json"})
response = connection.getresponse()
answer, sentinel, ending, text = "", False, "complete", b""
try:
    while piece := response.read1():
        text += piece
except (http.client.IncompleteRead, ConnectionError, TimeoutError) as error:
    ending = type(error).__name__
for block in text.decode().split("\n\n"):
    data = block.removeprefix("data: ")
    if data == "[DONE]":
        sentinel = True
    elif data:
        answer += json.loads(data)["choices"][0]["delta"]["content"]
print("answer   ", repr(answer))
print("sentinel ", "came" if sentinel else "is missing")
print("response ", ending)
