import type { TerminalClientFrame, TerminalEnd, TerminalServerFrame } from '@claude-sdk-pattern/protocol';

export type TerminalState =
  | { state: 'connecting' | 'open' | 'reconnecting' | 'lost' | 'denied' }
  | { state: 'ended'; end: TerminalEnd };

export interface TerminalConnectionOptions {
  /** The address of the socket that begins at the byte of this number. */
  toUrl: (after: number) => string;
  /** Whether the terminal is there: a refused upgrade does not tell a browser why. Rejects where the server is not reached. */
  isThere: () => Promise<boolean>;
  /**
   * `isNew`: nobody has seen these bytes before, so what they ask the screen may be answered. Call `done` when they are shown: the
   * server sends only so much ahead.
   */
  onBytes: (data: Uint8Array, isNew: boolean, done: () => void) => void;
  /** What was shown is not the beginning of what comes. */
  onReset: () => void;
  onState: (state: TerminalState) => void;
  createSocket?: (url: string) => WebSocket;
}

export interface TerminalConnection {
  /** Waits for the first connection. Dropped while a later one is missing: nobody sees what they type then. */
  type: (data: Uint8Array<ArrayBuffer>) => void;
  resize: (size: { columns: number; rows: number }) => void;
  close: () => void;
}

const CLOSE_ACCESS_CHANGED = 4003;
const FIRST_DELAY_MS = 250;
const LONGEST_DELAY_MS = 8000;

/** Follows a terminal by the number of each byte, over any number of connections, until it has ended. */
export function openTerminalConnection(options: TerminalConnectionOptions): TerminalConnection {
  const { toUrl, isThere, onBytes, onReset, onState, createSocket = (url) => new WebSocket(url) } = options;
  let socket: WebSocket | undefined;
  /** The number after the last byte that came, and after the last one that was shown. */
  let came = 0;
  let shown = 0;
  /** Before this number somebody has seen everything. */
  let newFrom = 0;
  /** Rises when the numbers begin anew: what is shown after that of what came before does not count. */
  let epoch = 0;
  let size: { columns: number; rows: number } | undefined;
  let failures = 0;
  /** What was typed before the first connection: what a person types in a moment. */
  let early: Uint8Array<ArrayBuffer>[] | undefined = [];
  let isOver = false;
  let timer: ReturnType<typeof setTimeout> | undefined;

  const send = (frame: TerminalClientFrame) => {
    if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify(frame));
  };
  const beginAt = (position: number) => {
    epoch += 1;
    came = position;
    shown = position;
    onReset();
  };
  const finish = (state: TerminalState) => {
    isOver = true;
    onState(state);
  };
  const take = (frame: TerminalServerFrame) => {
    switch (frame.type) {
      case 'terminal.attached':
        failures = 0;
        if (frame.position !== came) beginAt(frame.position);
        newFrom = frame.end;
        if (size) send({ type: 'terminal.resize', ...size });
        for (const data of early ?? []) socket?.send(data);
        early = undefined;
        return onState({ state: 'open' });
      case 'terminal.reset':
        return beginAt(frame.position);
      case 'terminal.ended':
        return finish({ state: 'ended', end: frame.end });
    }
  };
  const retry = async () => {
    onState({ state: 'reconnecting' });
    failures += 1;
    const isGone = failures > 1 && !(await isThere().catch(() => true));
    if (isOver) return;
    if (isGone) return finish({ state: 'lost' });
    timer = setTimeout(connect, Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** (failures - 1)));
  };
  function connect(): void {
    const opened = createSocket(toUrl(came));
    socket = opened;
    opened.binaryType = 'arraybuffer';
    opened.addEventListener('message', ({ data }: MessageEvent<string | ArrayBuffer>) => {
      if (isOver || socket !== opened) return;
      if (typeof data === 'string') return take(JSON.parse(data) as TerminalServerFrame);
      const bytes = new Uint8Array(data);
      came += bytes.length;
      const ofEpoch = epoch;
      onBytes(bytes, came > newFrom, () => {
        if (ofEpoch !== epoch) return;
        shown += bytes.length;
        send({ type: 'terminal.ack', position: shown });
      });
    });
    opened.addEventListener('close', ({ code }) => {
      if (isOver || socket !== opened) return;
      early = undefined;
      if (code === CLOSE_ACCESS_CHANGED) finish({ state: 'denied' });
      else void retry();
    });
  }
  onState({ state: 'connecting' });
  connect();
  return {
    type(data) {
      if (early !== undefined) early.push(data);
      else if (socket?.readyState === WebSocket.OPEN) socket.send(data);
    },
    resize(to) {
      size = to;
      send({ type: 'terminal.resize', ...to });
    },
    close() {
      isOver = true;
      clearTimeout(timer);
      socket?.close();
    },
  };
}
