/**
 * A program against the official SDK alone: it would run against the Managed Agents API in the same way.
 *
 *     ANTHROPIC_BASE_URL=http://127.0.0.1:4600 ANTHROPIC_API_KEY=KEY npm run example -- official-sdk
 */
import Anthropic from '@anthropic-ai/sdk';

const client = new Anthropic();
const { agents, environments, sessions } = client.beta;

const environment = await environments.create({ name: 'Example', config: { type: 'cloud' } });
const agent = await agents.create({
  name: 'Example',
  model: 'default',
  tools: [
    {
      type: 'agent_toolset_20260401',
      configs: [{ name: 'bash', permission_policy: { type: 'always_ask' } }],
    },
  ],
});
console.log(`agent ${agent.id} version ${agent.version}`);

const session = await sessions.create({
  agent: { type: 'agent', id: agent.id, version: agent.version },
  environment_id: environment.id,
  title: 'An example',
});

await say('Hello, who are you?');
await say('Run the command `echo $((6 * 7)) > answer.txt`.');

console.log('> a long answer, interrupted');
const stream = await sessions.events.stream(session.id, { event_deltas: ['agent.message'] });
await send('Write a long answer about the sea.');
let interrupted = false;
for await (const event of stream) {
  if (event.type === 'event_delta' && !interrupted) {
    interrupted = true;
    await sessions.events.send(session.id, { events: [{ type: 'user.interrupt' }] });
  }
  if (event.type === 'session.status_idle') break;
}
console.log('interrupted');

const counts = new Map<string, number>();
for await (const event of sessions.events.list(session.id, { limit: 20 })) {
  counts.set(event.type, (counts.get(event.type) ?? 0) + 1);
}
console.log(`events: ${[...counts].map(([type, count]) => `${type} ${count}`).join(', ')}`);

await sessions.archive(session.id);
await agents.archive(agent.id);
await environments.archive(environment.id);
console.log('archived');

/** Sends a message and prints the answer as it streams. Approves every tool call. */
async function say(text: string): Promise<void> {
  console.log(`> ${text}`);
  // The stream is opened before the message is sent, so that it misses no event.
  const events = await sessions.events.stream(session.id, { event_deltas: ['agent.message'] });
  await send(text);
  for await (const event of events) {
    if (event.type === 'event_delta') process.stdout.write(event.delta.content.text);
    if (event.type === 'agent.message') process.stdout.write('\n');
    if (event.type === 'agent.tool_use') console.log(`[${event.name}] ${JSON.stringify(event.input)}`);
    if (event.type !== 'session.status_idle') continue;
    if (event.stop_reason.type !== 'requires_action') break;
    for (const toolUseId of event.stop_reason.event_ids) {
      console.log('approved');
      await sessions.events.send(session.id, {
        events: [{ type: 'user.tool_confirmation', tool_use_id: toolUseId, result: 'allow' }],
      });
    }
  }
}

async function send(text: string): Promise<void> {
  await sessions.events.send(session.id, {
    events: [{ type: 'user.message', content: [{ type: 'text', text }] }],
  });
}
