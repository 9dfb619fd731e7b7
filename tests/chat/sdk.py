"""Asks wirestep through the Python SDK of OpenAI: python sdk.py BASE_URL CASE...

A case is `whole`, `stream` or `usage` (a stream that says at its end how many tokens it had), then `?` and a query; for each,
one line of JSON says what came and what was raised.
"""

import json
import sys

from openai import OpenAI

# A stall ends only when the client's patience does.
PATIENCE_WITH_A_STALL = 2.0
PATIENCE = 60.0


def ask(base_url: str, case: str) -> dict:
    kind, _, query = case.partition("?")
    patience = PATIENCE_WITH_A_STALL if "fault=stall" in query else PATIENCE
    client = OpenAI(base_url=base_url, api_key="none", max_retries=0, timeout=patience)
    more = {"stream_options": {"include_usage": True}} if kind == "usage" else {}
    seen = {"text": "", "finish": None, "raised": None, "tokens": None}
    try:
        answer = client.chat.completions.create(
            model="wirestep",
            messages=[{"role": "user", "content": "How does a stream end?"}],
            stream=kind != "whole",
            extra_query=dict(pair.split("=") for pair in query.split("&")) if query else None,
            **more,
        )
        if kind == "whole":
            seen["text"] = answer.choices[0].message.content
            seen["finish"] = answer.choices[0].finish_reason
            seen["tokens"] = answer.usage.completion_tokens
        else:
            for chunk in answer:
                seen["tokens"] = chunk.usage and chunk.usage.completion_tokens
                for choice in chunk.choices:
                    seen["text"] += choice.delta.content or ""
                    seen["finish"] = choice.finish_reason or seen["finish"]
    except Exception as error:  # whatever it is, it is what the table is about
        seen["raised"] = f"{type(error).__module__}.{type(error).__name__}: {error}"
    return seen


for case in sys.argv[2:]:
    print(json.dumps(ask(sys.argv[1], case), ensure_ascii=False), flush=True)
