import fc from 'fast-check';
import { expect, test, vi } from 'vitest';

import { createClient } from '../src/index.ts';
import { startChatServer, type ChatServer } from './chat-server.ts';
import { createHastyClock } from './manual-clock.ts';

const FATES = ['serve', 'serve', 'serve', 'drop-before', 'drop-after'] as const;

/** What goes wrong is drawn from the lists, and nothing goes wrong any more once they are used up. */
function misbehave(server: ChatServer, fates: readonly (typeof FATES)[number][], copies: readonly number[]): void {
  const nextFate = fates.values();
  const nextCopies = copies.values();
  server.decide = () => nextFate.next().value ?? 'serve';
  server.copies = () => nextCopies.next().value ?? 1;
}

test('every event is seen once and in order, and every send is answered once, whatever the network does', async () => {
  const scenario = fc.record({
    fates: fc.array(fc.constantFrom(...FATES), { maxLength: 20 }),
    copies: fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 30 }),
    steps: fc.array(fc.constantFrom('send', 'agent', 'disconnect', 'slow-reader'), { minLength: 1, maxLength: 15 }),
  });
  await fc.assert(
    fc.asyncProperty(scenario, async ({ fates, copies, steps }) => {
      await using server = await startChatServer();
      server.journals.set('sesn_a', []);
      misbehave(server, fates, copies);
      await using client = createClient({ url: server.url, clock: createHastyClock(50) });
      const seen: number[] = [];
      client.attach('sesn_a', { onEvent: (_event, seq) => seen.push(seq) });
      const sent = [];
      for (const [index, step] of steps.entries()) {
        if (step === 'send') {
          const content = [{ type: 'text' as const, text: `message ${index}` }];
          sent.push(client.send('sesn_a', [{ type: 'user.message', content }]));
        } else if (step === 'agent') server.append('sesn_a', `agent ${index}`);
        else server.disconnectAll(step === 'slow-reader' ? 4008 : undefined);
        await client.ping();
      }
      const answers = await Promise.all(sent);
      // One last event, which is not lost, shows a gap before it if there is one.
      misbehave(server, [], []);
      const last = server.append('sesn_a', 'last');
      await vi.waitFor(() => expect(seen.at(-1)).toBe(last), { timeout: 10_000, interval: 5 });
      expect(seen).toEqual(Array.from({ length: last }, (_, index) => index + 1));
      const stored = (server.journals.get('sesn_a') ?? []).filter((event) =>
        JSON.stringify(event).includes('message '),
      );
      expect(stored.map((event) => event.id)).toEqual(answers.map(({ events }) => events[0]?.id));
    }),
    { numRuns: 40 },
  );
});
