// Asks wirestep through the Node SDK of OpenAI: node sdk.mjs BASE_URL CASE...
//
// A case is `whole`, `stream` or `usage` (a stream that says at its end how many tokens it had), then `?` and a query; for
// each, one line of JSON says what came and what was raised.

import OpenAI from "openai";

// A stall ends only when the client's patience does. The SDK's own patience is for the head alone, so behind it stands that
// of the program.
const PATIENCE_WITH_A_STALL = 1_000;
const PATIENCE_OF_THE_PROGRAM = 4_000;
const PATIENCE = 60_000;

async function ask(baseURL, described) {
  const [kind, query] = described.split("?");
  const stalls = query?.includes("fault=stall");
  const client = new OpenAI({ baseURL, apiKey: "none", maxRetries: 0, timeout: PATIENCE });
  const signal = AbortSignal.timeout(stalls ? PATIENCE_OF_THE_PROGRAM : PATIENCE);
  const seen = { text: "", finish: null, raised: null, tokens: null, aborted: false };
  try {
    const answer = await client.chat.completions.create(
      {
        model: "wirestep",
        messages: [{ role: "user", content: "How does a stream end?" }],
        stream: kind !== "whole",
        ...(kind === "usage" && { stream_options: { include_usage: true } }),
      },
      {
        query: Object.fromEntries(new URLSearchParams(query)),
        signal,
        timeout: stalls ? PATIENCE_WITH_A_STALL : PATIENCE,
      },
    );
    if (kind === "whole") {
      seen.text = answer.choices[0].message.content;
      seen.finish = answer.choices[0].finish_reason;
      seen.tokens = answer.usage.completion_tokens;
    } else {
      for await (const chunk of answer) {
        seen.tokens = chunk.usage?.completion_tokens ?? null;
        for (const choice of chunk.choices) {
          seen.text += choice.delta.content ?? "";
          seen.finish = choice.finish_reason ?? seen.finish;
        }
      }
    }
  } catch (error) {
    seen.raised = `${error.constructor.name}: ${error.message}`;
  }
  seen.aborted = signal.aborted;
  return seen;
}

for (const described of process.argv.slice(3)) {
  console.log(JSON.stringify(await ask(process.argv[2], described)));
}
