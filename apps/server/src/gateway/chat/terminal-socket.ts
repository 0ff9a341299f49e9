import { CLOSE_ACCESS_CHANGED, terminalClientFrame, type TerminalServerFrame } from '@claude-sdk-pattern/protocol';
import type { WebSocket } from 'ws';

import type { Logger } from '../../telemetry/logger.ts';
import type { OpenTerminal } from '../../terminals/terminals.ts';
import type { Access } from '../entrance/open-access.ts';
import { cutAfterCloseTimeout } from '../entrance/close-timeout.ts';
import type { ChatPeer } from './chat-socket.ts';

export interface TerminalSocketDeps {
  socket: WebSocket;
  open: OpenTerminal;
  /** The number of the first byte that the client wants. */
  after: number;
  access: Access;
  /** Calls back when the person may not use the terminal any more. */
  follow(onLost: () => void): Promise<() => void>;
  logger: Logger;
}

const PING_INTERVAL_MS = 30_000;
const CLOSE_ENDED = 1000;
const CLOSE_BAD_FRAME = 1008;

/**
 * One client that sees a terminal. Its own connection keeps a flood of bytes from the frames of the chat, and the window of the
 * terminal bounds what waits for it here.
 */
export function serveTerminalSocket({ socket, open, after, access, follow, logger }: TerminalSocketDeps): ChatPeer {
  const { terminal } = open;
  let isLeaving = false;
  let answeredPing = true;
  let cancelCut = (): void => {};
  const tell = (frame: TerminalServerFrame) => socket.send(JSON.stringify(frame), { binary: false });
  const leave = (code: number, reason: string) => {
    if (isLeaving) return;
    isLeaving = true;
    attachment.close();
    socket.close(code, reason);
    cancelCut = cutAfterCloseTimeout(() => socket.terminate());
  };

  const attachment = terminal.attach(after, {
    send: (data) => socket.send(data, { binary: true }),
    onReset: (position) => tell({ type: 'terminal.reset', position }),
    onEnded(end) {
      tell({ type: 'terminal.ended', end });
      leave(CLOSE_ENDED, 'The terminal has ended');
    },
  });
  tell({
    type: 'terminal.attached',
    position: attachment.position,
    end: terminal.position,
    terminal: open.resource,
  });
  access.onRevoked(({ message }) => leave(CLOSE_ACCESS_CHANGED, message));
  const followed = follow(() => leave(CLOSE_ACCESS_CHANGED, 'You may not use this terminal any more'));
  followed.catch(() => leave(CLOSE_ACCESS_CHANGED, 'You may not use this terminal any more'));

  const pinger = setInterval(() => {
    // One who does not answer may hold up the terminal.
    if (!answeredPing) return socket.terminate();
    answeredPing = false;
    socket.ping();
  }, PING_INTERVAL_MS);
  socket.on('pong', () => {
    answeredPing = true;
  });
  socket.on('message', (data, isBinary) => {
    if (isLeaving) return;
    if (!isBinary) return takeFrame((data as Buffer).toString());
    socket.pause();
    // `ws` delivers one buffer unless it is configured otherwise.
    void terminal.type(data as Buffer).then(() => socket.resume());
  });
  socket.on('error', (error) => logger.debug({ err: error }, 'the socket of a terminal failed'));
  socket.on('close', () => {
    isLeaving = true;
    clearInterval(pinger);
    cancelCut();
    attachment.close();
    access.close();
    followed.then(
      (unfollow) => unfollow(),
      () => undefined,
    );
  });

  const takeFrame = (text: string) => {
    const frame = terminalClientFrame.safeParse(toJson(text));
    if (!frame.success) return leave(CLOSE_BAD_FRAME, 'This is no frame of a terminal');
    if (frame.data.type === 'terminal.ack') attachment.ack(frame.data.position);
    else terminal.resize(frame.data);
  };

  return { close: leave, cut: () => socket.terminate() };
}

function toJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
