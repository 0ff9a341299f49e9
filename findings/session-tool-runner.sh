#!/usr/bin/env bash
# The tool runner for sessions of Managed Agents (`client.beta.sessions.events.toolRunner`) runs each tool inside the loop that
# reads the session's events, so that nothing else is read meanwhile. Seen with @anthropic-ai/sdk 1.14.0:
# - calls of one turn run one after the other; the runner of the Messages API runs such calls side by side;
# - the end of the session does not abort a tool that runs, and its result is sent all the same;
# - a result that is answered with 409 is sent again and again, with `maxRetries: 0` too. Until that ends, after five minutes, no
#   other call runs, and the event that tells of another client's answer to the same call is not read;
# - a result that is answered with 400 is given up at once, but the tool runs again whenever the event stream is opened again.
# Runs the runner against a server of this script, offline once installed. Fails when any of that changes.
set -euo pipefail

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm init --yes > /dev/null
npm install --silent --no-audit --no-fund @anthropic-ai/sdk@1.14.0

cat > probe.mjs <<'END_PROBE'
import { createServer } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import Anthropic from '@anthropic-ai/sdk';

const WAIT_MS = 20_000;
/** What the server answers a result with, and the session's events. */
let status, history, stream, sent, lists;
function emit(event) {
  const whole = { id: `sevt_${history.length + 1}`, processed_at: new Date().toISOString(), ...event };
  history.push(whole);
  stream?.write(`event: ${whole.type}\ndata: ${JSON.stringify(whole)}\n\n`);
}
const uses = [1, 2].map((n) => ({ type: 'tool_use', id: `toolu_${n}`, name: 'work', input: { n, ms: 500 } }));
const server = createServer(async (request, response) => {
  let text = '';
  for await (const chunk of request) text += chunk;
  const answer = (code, body) => response.writeHead(code, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  if (request.url.startsWith('/v1/messages')) {
    const isFirst = !text.includes('tool_result');
    const content = isFirst ? uses : [{ type: 'text', text: 'Done.' }];
    const usage = { input_tokens: 1, output_tokens: 1 };
    return answer(200, { id: 'msg_1', type: 'message', role: 'assistant', model: 'x', content, stop_reason: isFirst ? 'tool_use' : 'end_turn', usage });
  }
  if (request.url.includes('/stream')) {
    stream = response.writeHead(200, { 'content-type': 'text/event-stream' });
    return stream.flushHeaders();
  }
  if (request.method === 'GET') {
    lists += 1;
    return answer(200, { data: history, next_page: null });
  }
  const { events } = JSON.parse(text);
  sent.push(events[0].custom_tool_use_id);
  if (status !== 200) return answer(status, { type: 'error', error: { type: 'invalid_request_error', message: 'Refused' } });
  events.forEach(emit);
  answer(200, { data: events });
});
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
const client = new Anthropic({ apiKey: 'none', baseURL: `http://127.0.0.1:${server.address().port}`, maxRetries: 0, logLevel: 'off' });

let log;
const tool = {
  ...{ type: 'custom', name: 'work', description: 'Works', input_schema: { type: 'object' }, parse: (input) => input },
  run: async ({ n, ms }, { signal }) => {
    log.push(`begins ${n}`);
    signal?.addEventListener('abort', () => log.push(`aborted ${n}`));
    await sleep(ms);
    log.push(`ends ${n}`);
    return 'Worked';
  },
};
async function until(condition) {
  const end = Date.now() + WAIT_MS;
  while (!condition() && Date.now() < end) await sleep(20);
}

/** Takes the calls with the runner, does the rest, and returns what that returns. */
async function serve(calls, answered, rest) {
  [status, history, stream, sent, log, lists] = [answered, [], undefined, [], [], 0];
  const stop = new AbortController();
  const dispatched = [];
  const running = (async () => {
    const runner = client.beta.sessions.events.toolRunner('sesn_1', { tools: [tool], signal: stop.signal });
    for await (const call of runner) dispatched.push(call);
  })();
  await until(() => lists === 1);
  for (const input of calls) emit({ type: 'agent.custom_tool_use', name: 'work', input });
  const seen = await rest(dispatched, running);
  stop.abort();
  await running.catch(() => {});
  stream.destroy();
  return seen;
}

const results = {};
results['two calls of one turn'] = await serve([{ n: 1, ms: 500 }, { n: 2, ms: 500 }], 200, async (dispatched) => {
  await until(() => dispatched.length === 2);
  return log;
});
log = [];
const request = { model: 'x', max_tokens: 9, messages: [{ role: 'user', content: 'Hello' }], tools: [{ ...tool, type: undefined }] };
await client.beta.messages.toolRunner(request).runUntilDone();
results['the same with the Messages API'] = log;
results['the session ends while a tool runs'] = await serve([{ n: 1, ms: 1000 }], 200, async (_dispatched, running) => {
  await until(() => log.length === 1);
  emit({ type: 'session.status_terminated' });
  await running;
  return { log, sent };
});
results['409, and another client answers'] = await serve([{ n: 1, ms: 0 }, { n: 2, ms: 0 }], 409, async () => {
  await until(() => sent.length === 1);
  emit({ type: 'user.custom_tool_result', custom_tool_use_id: 'sevt_1', content: [] });
  await until(() => sent.length === 4);
  return { log, sent };
});
results['400, and the stream opens again'] = await serve([{ n: 1, ms: 0 }], 400, async (dispatched) => {
  await until(() => dispatched.length === 1);
  stream.end();
  await until(() => dispatched.length === 2);
  return { log, sent, posted: dispatched.map(({ posted }) => posted) };
});
server.close();
for (const [name, seen] of Object.entries(results)) console.log(`${name}: ${JSON.stringify(seen)}`);
process.exit();
END_PROBE

cat > expected.txt <<'END_EXPECTED'
two calls of one turn: ["begins 1","ends 1","begins 2","ends 2"]
the same with the Messages API: ["begins 1","begins 2","ends 1","ends 2"]
the session ends while a tool runs: {"log":["begins 1","ends 1"],"sent":["sevt_1"]}
409, and another client answers: {"log":["begins 1","ends 1"],"sent":["sevt_1","sevt_1","sevt_1","sevt_1"]}
400, and the stream opens again: {"log":["begins 1","ends 1","begins 1","ends 1"],"sent":["sevt_1","sevt_1"],"posted":[false,false]}
END_EXPECTED

grep '"version"' node_modules/@anthropic-ai/sdk/package.json
node probe.mjs | tee seen.txt
diff expected.txt seen.txt && echo "As found: one tool at a time, and a refused result holds up the others or has its tool run again."
