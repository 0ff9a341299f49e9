import { expect, test } from 'vitest';

import type { McpAppPage } from '../mcp-apps.ts';
import { newSession, openTestStore, type BackEnd } from './back-end.ts';

const page = (html: string): McpAppPage => ({
  server: 'docs',
  serverIdentity: 'of docs',
  html,
  connectOrigins: ['https://a.example'],
  resourceOrigins: [],
});

export function describeMcpApps(backEnd: BackEnd): void {
  test('keeps the newest pages of apps with their session, and copies them to a fork', async () => {
    await using store = await openTestStore(backEnd);
    const { mcpApps } = store;
    const session = await store.sessions.create(newSession());
    const fork = await store.sessions.create({ ...newSession(), agentSessionId: 'fork' });
    await mcpApps.put(session.id, { digest: 'first', page: page('\u0000<p>\ud800') });
    expect(await mcpApps.find(session.id, 'first')).toEqual(page('\u0000<p>\ud800'));
    expect(await mcpApps.find(fork.id, 'first')).toBeUndefined();

    for (let index = 0; index < 15; index += 1) {
      store.advance(1000);
      await mcpApps.put(session.id, { digest: `d${index}`, page: page('') });
    }
    // What is shown again is new again.
    store.advance(1000);
    await mcpApps.put(session.id, { digest: 'first', page: page('again') });
    store.advance(1000);
    await mcpApps.put(session.id, { digest: 'last', page: page('last') });
    expect(await mcpApps.find(session.id, 'd0')).toBeUndefined();
    expect(await mcpApps.find(session.id, 'first')).toBeDefined();

    await mcpApps.copyToSession({ from: session.id, to: fork.id });
    await store.sessions.delete(session.id);
    expect(await mcpApps.find(session.id, 'last')).toBeUndefined();
    expect(await mcpApps.find(fork.id, 'last')).toEqual(page('last'));
    await expect(mcpApps.put(session.id, { digest: 'late', page: page('') })).rejects.toThrow();
  });
}
