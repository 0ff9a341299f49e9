import { randomUUID } from 'node:crypto';

import { afterAll, describe, expect, it } from 'vitest';

import { openStore } from '../store/open-store.ts';
import { toEntryBytes } from '../store/transcripts.ts';
import { createTranscriptStore } from './transcript-store.ts';

const store = await openStore({ url: 'sqlite::memory:' });
afterAll(() => store.close());

const entry = (uuid: string) => ({ type: 'user', uuid });
const bytes = toEntryBytes(entry('a'));
const make = (options: { agentSessionId?: string; maxBytes?: number } = {}) => {
  const { agentSessionId = randomUUID(), ...rest } = options;
  const key = { projectKey: '', sessionId: agentSessionId };
  const transcript = createTranscriptStore(store.transcripts, { agentSessionId, ...rest });
  return { key, agentSessionId, transcript, sessionStore: transcript.sessionStore };
};

describe('the store that a process is given', () => {
  it('refuses the transcript of every other session', async () => {
    const own = make();
    const other = make();
    await other.sessionStore.append(other.key, [entry('a')]);
    const subagent = { ...other.key, subpath: 'subagents/agent-a' };
    for (const key of [other.key, subagent, { ...other.key, sessionId: other.agentSessionId.toUpperCase() }]) {
      await expect(own.sessionStore.append(key, [entry('b')])).rejects.toThrow('its own session only');
      await expect(own.sessionStore.load(key)).rejects.toThrow('its own session only');
      await expect(own.sessionStore.delete?.(key)).rejects.toThrow('its own session only');
      await expect(own.sessionStore.listSubkeys?.(key)).rejects.toThrow('its own session only');
    }
    expect(await other.sessionStore.load(other.key)).toEqual([entry('a')]);
  });

  it('takes the transcripts of its subagents', async () => {
    const { key, sessionStore } = make();
    const subpath = 'subagents/agent-a';
    await sessionStore.append({ ...key, subpath }, [entry('a')]);
    expect(await sessionStore.load({ ...key, subpath })).toEqual([entry('a')]);
    expect(await sessionStore.listSubkeys?.(key)).toEqual([subpath]);
    const long = { ...key, subpath: 'x'.repeat(501) };
    await expect(sessionStore.append(long, [entry('b')])).rejects.toThrow('cannot be used');
  });

  it.each([[[null]], [[{ uuid: 'a' }]], [[{ type: 'user', uuid: 1 }]], [{ length: 1 }]])(
    'refuses what is no entry: %j',
    async (entries) => {
      const { key, sessionStore } = make();
      await expect(sessionStore.append(key, entries as never)).rejects.toThrow();
      expect(await sessionStore.load(key)).toBeNull();
    },
  );
});

describe('the room of a transcript', () => {
  it('is one for all of its parts, also over processes', async () => {
    const first = make({ maxBytes: 3 * bytes });
    const { key, agentSessionId } = first;
    await Promise.all([
      first.sessionStore.append(key, [entry('a')]),
      first.sessionStore.append({ ...key, subpath: 's' }, [entry('a')]),
    ]);
    await expect(first.sessionStore.append(key, [entry('b'), entry('c')])).rejects.toMatchObject({ code: 'too_large' });
    const second = make({ agentSessionId, maxBytes: 3 * bytes });
    await second.transcript.append([entry('b')]);
    await expect(second.transcript.append([entry('c')])).rejects.toMatchObject({ code: 'too_large' });
    expect(await second.sessionStore.load(key)).toEqual([entry('a'), entry('b')]);
  });

  it('is asked for before anything is loaded', async () => {
    const { key, agentSessionId, sessionStore } = make();
    await sessionStore.append(key, [entry('a'), entry('b')]);
    const smaller = make({ agentSessionId, maxBytes: bytes });
    const refusal = { code: 'too_large', message: expect.stringContaining('Fork the session from an earlier turn') };
    await expect(smaller.sessionStore.load(key)).rejects.toMatchObject(refusal);
  });
});
