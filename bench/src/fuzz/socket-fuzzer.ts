import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

import type { FuzzDeps } from './frame-fuzzer.ts';
import { drawInteger, pick } from './draw-json.ts';
import type { Random } from '../random.ts';

const MIB = 1024 * 1024;
const CLOSE_TIMEOUT_MS = 10_000;
const CLOSE_FRAME = 0x88;
const PROTOCOL_ERROR = 1002;
const INVALID_TEXT = 1007;
const TOO_LARGE = 1009;

/** Bytes after the handshake, and the close code that they must cause; undefined if any end is valid. */
interface BrokenBytes {
  kind: string;
  bytes: Buffer;
  code: number | undefined;
}

/**
 * Breaks the WebSocket protocol, on a new connection each time. The connection must end with the right code and disturb
 * no other.
 */
export async function fuzzSockets(count: number, { server, random, tally }: FuzzDeps): Promise<void> {
  for (let made = 0; made < count; made += 1) {
    const { kind, bytes, code } = drawBrokenBytes(random);
    tally.add(`socket.${kind}`);
    const closed = await breakOff(server, bytes, code !== undefined).catch((error: unknown) => String(error));
    if (code !== undefined && closed !== code)
      tally.problem('sockets.wrongCode', `${kind} ended with ${closed}, not ${code}`);
  }
}

function drawBrokenBytes(random: Random): BrokenBytes {
  const noise = () => randomBytes(1 + drawInteger(random, 200));
  return pick<() => BrokenBytes>(random, [
    () => ({ kind: 'unmasked frame', bytes: Buffer.from([0x81, 0x02, 0x7b, 0x7d]), code: PROTOCOL_ERROR }),
    () => ({ kind: 'reserved bits', bytes: toMasked(0xf1, Buffer.from('{}')), code: PROTOCOL_ERROR }),
    () => ({ kind: 'unknown opcode', bytes: toMasked(0x83 + drawInteger(random, 4), noise()), code: PROTOCOL_ERROR }),
    () => ({ kind: 'fragmented ping', bytes: toMasked(0x09, Buffer.from('x')), code: PROTOCOL_ERROR }),
    () => ({ kind: 'long ping', bytes: toMasked(0x89, randomBytes(126)), code: PROTOCOL_ERROR }),
    () => ({ kind: 'continuation of nothing', bytes: toMasked(0x80, noise()), code: PROTOCOL_ERROR }),
    () => ({
      kind: 'text that is no UTF-8',
      bytes: toMasked(0x81, Buffer.from([0x22, 0xff, 0xfe, 0x22])),
      code: INVALID_TEXT,
    }),
    () => ({ kind: 'close with a wrong code', bytes: toMasked(0x88, Buffer.from([0x00, 0x01])), code: PROTOCOL_ERROR }),
    () => ({ kind: 'frame over 1 MiB', bytes: toMasked(0x81, Buffer.alloc(MIB + 1, 0x20)), code: TOO_LARGE }),
    () => ({ kind: 'frame that says it is 2^40 bytes', bytes: toHeader(0x81, 2 ** 40), code: TOO_LARGE }),
    () => ({ kind: 'fragments over 1 MiB', bytes: toFragments(), code: TOO_LARGE }),
    () => ({ kind: 'cut off in a frame', bytes: toHeader(0x81, 1000), code: undefined }),
    () => ({ kind: 'noise', bytes: noise(), code: undefined }),
  ])();
}

function toFragments(): Buffer {
  const piece = Buffer.alloc(MIB / 2, 0x20);
  return Buffer.concat([toMasked(0x01, piece), toMasked(0x00, piece), toMasked(0x80, piece)]);
}

function toMasked(first: number, payload: Buffer): Buffer {
  // A mask of zeros leaves the bytes unchanged.
  return Buffer.concat([toHeader(first, payload.length), payload]);
}

function toHeader(first: number, length: number): Buffer {
  const size = Buffer.alloc(length < 126 ? 1 : length < 65_536 ? 3 : 9);
  if (size.length === 1) size[0] = length;
  else if (size.length === 3) {
    size[0] = 126;
    size.writeUInt16BE(length, 1);
  } else {
    size[0] = 127;
    size.writeBigUInt64BE(BigInt(length), 1);
  }
  size[0] = (size[0] ?? 0) | 0x80;
  return Buffer.concat([Buffer.from([first]), size, Buffer.alloc(4)]);
}

/** Sends the bytes after a handshake, and returns the server's close code; 0 if there is none. */
async function breakOff(server: FuzzDeps['server'], bytes: Buffer, saysWhy: boolean): Promise<number> {
  const { hostname, port, host } = new URL(server.url);
  const socket = connect(Number(port), hostname);
  socket.setTimeout(CLOSE_TIMEOUT_MS, () => socket.destroy(new Error('The server did not end the connection')));
  socket.write(
    [
      'GET /ws/v1/chat HTTP/1.1',
      `Host: ${host}`,
      'Connection: Upgrade',
      'Upgrade: websocket',
      'Sec-WebSocket-Version: 13',
      `Sec-WebSocket-Key: ${randomBytes(16).toString('base64')}`,
      `Authorization: Bearer ${server.apiKey}`,
      '\r\n',
    ].join('\r\n'),
  );
  const [head] = (await once(socket, 'data')) as [Buffer];
  if (!head.toString('latin1').startsWith('HTTP/1.1 101')) throw new Error(head.toString('latin1').slice(0, 40));
  const received = readToEnd(socket);
  // The server need not answer an unfinished frame.
  if (saysWhy) socket.write(bytes);
  else socket.end(bytes);
  const answer = await received;
  const at = answer.lastIndexOf(CLOSE_FRAME);
  return at >= 0 && answer.length >= at + 4 ? answer.readUInt16BE(at + 2) : 0;
}

async function readToEnd(socket: Socket): Promise<Buffer> {
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => {
    chunks.push(chunk);
    // The only frame that the server may send is the close frame.
    if (chunk[0] === CLOSE_FRAME) socket.end();
  });
  socket.on('error', () => undefined);
  await once(socket, 'close');
  return Buffer.concat(chunks);
}
