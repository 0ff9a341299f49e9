#!/usr/bin/env bash
# The AWS SDKs keep the credentials that a chain has found until they are about to expire. The Bedrock clients of Anthropic build the
# chain anew for each request, so that nothing is kept. Seen with @anthropic-ai/bedrock-sdk 1.1.3, @aws-sdk/credential-providers 3.1175.0,
# `AnthropicBedrock` and `AnthropicBedrockMantle`, and credentials that are valid for six hours:
# - ten requests ask the source of credentials ten times, one after the other or at once; a request that is retried asks twice;
# - `providerChainResolver: async () => fromNodeProviderChain()`, its plain use, changes nothing: the resolver is called per request;
# - a resolver that returns the same chain each time asks once.
# The sources are a container's or machine's metadata service, STS, or a program that is started: each request waits for one, and they
# limit how often they may be asked.
# Runs the clients against a server of this script, offline once installed. Fails when that changes.
set -euo pipefail

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm init --yes > /dev/null
npm install --silent --no-audit --no-fund @anthropic-ai/bedrock-sdk@1.1.3 @anthropic-ai/sdk@1.14.0 @aws-sdk/credential-providers@3.1175.0

cat > probe.mjs <<'END_PROBE'
import { createServer } from 'node:http';
import { AnthropicBedrock, AnthropicBedrockMantle } from '@anthropic-ai/bedrock-sdk';
import { fromNodeProviderChain } from '@aws-sdk/credential-providers';

const HOURS_MS = 3_600_000;
/** Requests for credentials, and for answers of the model. */
let seen;
let isBusy = false;
const server = createServer(async (request, response) => {
  for await (const _chunk of request);
  const answer = (status, body) => response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  if (request.url === '/credentials') {
    seen.credentials += 1;
    const Expiration = new Date(Date.now() + 6 * HOURS_MS).toISOString();
    return answer(200, { AccessKeyId: 'AKIDEXAMPLE', SecretAccessKey: 'none', Token: 'none', Expiration });
  }
  if (request.method !== 'POST' || !/^\/(model\/m\/invoke|v1\/messages)$/.test(request.url)) return answer(404, {});
  seen.model += 1;
  if (isBusy) {
    isBusy = false;
    return answer(529, {});
  }
  const usage = { input_tokens: 1, output_tokens: 1 };
  answer(200, { id: 'msg_1', type: 'message', role: 'assistant', model: 'm', content: [], stop_reason: 'end_turn', usage });
});
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
const baseURL = `http://127.0.0.1:${server.address().port}`;
process.env.AWS_CONTAINER_CREDENTIALS_FULL_URI = `${baseURL}/credentials`;

async function watch(name, Client, options, send) {
  seen = { credentials: 0, model: 0 };
  const client = new Client({ baseURL, awsRegion: 'us-east-1', ...options });
  await send(() => client.messages.create({ model: 'm', max_tokens: 1, messages: [{ role: 'user', content: 'Hello' }] }));
  console.log(`${name}: ${JSON.stringify(seen)}`);
}
const inTurn = async (ask) => {
  for (let count = 0; count < 10; count++) await ask();
};
const atOnce = (ask) => Promise.all(Array.from({ length: 10 }, ask));
const retried = (ask) => {
  isBusy = true;
  return ask();
};
const chain = fromNodeProviderChain();

await watch('one after the other', AnthropicBedrock, {}, inTurn);
await watch('at once', AnthropicBedrock, {}, atOnce);
await watch('retried once', AnthropicBedrock, {}, retried);
await watch('mantle', AnthropicBedrockMantle, {}, inTurn);
await watch('a resolver that builds a chain', AnthropicBedrock, { providerChainResolver: async () => fromNodeProviderChain() }, inTurn);
await watch('a resolver with one chain', AnthropicBedrock, { providerChainResolver: async () => chain }, inTurn);
server.close();
END_PROBE

cat > expected.txt <<'END_EXPECTED'
one after the other: {"credentials":10,"model":10}
at once: {"credentials":10,"model":10}
retried once: {"credentials":2,"model":2}
mantle: {"credentials":10,"model":10}
a resolver that builds a chain: {"credentials":10,"model":10}
a resolver with one chain: {"credentials":1,"model":10}
END_EXPECTED

grep '"version"' node_modules/@anthropic-ai/bedrock-sdk/package.json node_modules/@aws-sdk/credential-providers/package.json
env -i PATH="$PATH" HOME="$dir" node probe.mjs | tee seen.txt
diff expected.txt seen.txt && echo "As found: credentials are asked for with each request."
