import type { TestServer } from '@claude-sdk-pattern/testkit';

const PAGE = 1000;

/** The ids of a session's stored events, in the order of `seq`. @throws Error if the server refuses. */
export async function readStoredEventIds(server: Pick<TestServer, 'fetch'>, sessionId: string): Promise<string[]> {
  const ids: string[] = [];
  for (;;) {
    const query = new URLSearchParams({ limit: String(PAGE), extensions: 'true', after_seq: String(ids.length) });
    const response = await server.fetch(`/v1/sessions/${sessionId}/events?${query.toString()}`);
    if (!response.ok) throw new Error(`Events of ${sessionId} could not be read: ${response.status}`);
    const { data } = (await response.json()) as { data: { id: string }[] };
    ids.push(...data.map(({ id }) => id));
    if (data.length < PAGE) return ids;
  }
}
