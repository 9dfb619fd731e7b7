"""aiohttp: the body by iter_any, as it comes.

usage: aiohttp_client.py URL
"""

import asyncio
import os
import sys

import aiohttp


async def main(url):
    async with aiohttp.ClientSession() as session, session.get(url) as response:
        async for piece in response.content.iter_any():
            os.write(1, piece)


try:
    asyncio.run(main(sys.argv[1]))
except aiohttp.ClientError as error:
    sys.exit(f"{type(error).__name__}: {error}")
