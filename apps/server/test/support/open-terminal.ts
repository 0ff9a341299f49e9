import type { TerminalResource } from '@claude-sdk-pattern/protocol';
import { until, type TestServer } from '@claude-sdk-pattern/testkit';
import { WebSocket } from 'ws';

export interface TypedTerminal extends AsyncDisposable {
  /** Types a line, and resolves to all that the terminal has shown when it shows this. */
  run: (line: string, shows: string | RegExp) => Promise<string>;
}

/** Opens a terminal of a session, as an administrator, with a client that shows everything at once. */
export async function openTerminal(server: TestServer, sessionId: string): Promise<TypedTerminal> {
  const path = `/api/v1/sessions/${sessionId}/terminals`;
  const headers = { 'content-type': 'application/json' };
  const body = JSON.stringify({ columns: 200, rows: 24 });
  const opened = await server.fetch(path, { method: 'POST', headers, body });
  if (opened.status !== 201) throw new Error(`No terminal: ${await opened.text()}`);
  const { id } = (await opened.json()) as TerminalResource;
  const url = `${server.url.replace('http', 'ws')}/ws/v1/sessions/${sessionId}/terminals/${id}?after=0`;
  const socket = new WebSocket(url, { headers: { 'x-api-key': server.apiKey } });
  let text = '';
  let position = 0;
  socket.on('message', (data: Buffer, isBinary) => {
    if (!isBinary) return;
    text += data.toString('latin1');
    position += data.length;
    socket.send(JSON.stringify({ type: 'terminal.ack', position }));
  });
  socket.on('error', () => undefined);
  // With root it ends with a hash.
  await until('the prompt is there', () => /[$#] /.test(text));
  return {
    async run(line, shows) {
      socket.send(Buffer.from(`${line}\n`));
      await until(`the terminal shows ${String(shows)}`, () =>
        typeof shows === 'string' ? text.includes(shows) : shows.test(text),
      );
      return text;
    },
    async [Symbol.asyncDispose]() {
      socket.terminate();
      await server.fetch(`${path}/${id}`, { method: 'DELETE' });
    },
  };
}
