import type { UserEventParams } from '@claude-sdk-pattern/protocol';
import { hang, say, startScriptedModel } from '@claude-sdk-pattern/scripted-model';
import { startServer, type TestServer } from '@claude-sdk-pattern/testkit';
import { afterAll } from 'vitest';

/**
 * A real server for all tests of a file, awaited at the file's top level. Its model greets; the first message with
 * "hold" makes it hang after "So far".
 */
export async function useServer(): Promise<TestServer> {
  const stack = new AsyncDisposableStack();
  afterAll(() => stack.disposeAsync());
  const model = stack.use(
    await startScriptedModel({
      scenarios: [
        { match: { userText: 'hold' }, reply: [[say('So far'), hang({ times: 1 })], say('Done.')] },
        { reply: [say('Hello from the model.', { tokensPerSecond: 100 })] },
      ],
    }),
  );
  return stack.use(await startServer({ upstreamUrl: model.url }));
}

/** A person's message in the form that `send` takes. */
export function toMessage(text: string): UserEventParams[] {
  return [{ type: 'user.message', content: [{ type: 'text', text }] }];
}
