import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';

import { createWorkspaceDir } from '@claude-sdk-pattern/testkit';

/** A way to the socket of a database, which can be closed, and which can be cut between a commit and its answer. */
export async function openDatabaseWay(database: string) {
  const dir = await createWorkspaceDir();
  const name = '.s.PGSQL.5432';
  const target = join(new URL(database).searchParams.get('host') ?? '', name);
  const sockets = new Set<Socket>();
  let cutsAt: string | undefined;
  let endsAt: string | undefined;
  let server: Server | undefined;
  const pass = (socket: Socket) => {
    const upstream = connect(target);
    let isMarked = false;
    for (const [from, to] of [
      [socket, upstream],
      [upstream, socket],
    ] as const) {
      sockets.add(from);
      from
        .on('error', () => undefined)
        .on('close', () => {
          sockets.delete(from);
          to.destroy();
        });
    }
    upstream.on('data', (data) => void socket.write(data));
    socket.on('data', (data) => {
      const text = data.toString('latin1');
      if (endsAt !== undefined && text.includes(endsAt)) {
        endsAt = undefined;
        way.close();
        return;
      }
      if (cutsAt !== undefined && text.includes(cutsAt)) isMarked = true;
      // PostgreSQL gets the commit, and nobody its answer.
      if (isMarked && /\bcommit\b/i.test(text)) {
        cutsAt = undefined;
        upstream.removeAllListeners('data').on('data', () => void socket.destroy());
      }
      upstream.write(data);
    });
  };
  const way = {
    url: Object.assign(new URL(database), { search: `?host=${encodeURIComponent(dir.path)}` }).href,
    async open() {
      server = createServer(pass).listen(join(dir.path, name));
      await once(server, 'listening');
    },
    close() {
      server?.close();
      for (const socket of sockets) socket.destroy();
    },
    cutAtCommit(mark: string) {
      cutsAt = mark;
    },
    /** Closes itself at the first statement that has these words. */
    closeAt(mark: string) {
      endsAt = mark;
    },
    async [Symbol.asyncDispose]() {
      way.close();
      await dir[Symbol.asyncDispose]();
    },
  };
  await way.open();
  return way;
}
