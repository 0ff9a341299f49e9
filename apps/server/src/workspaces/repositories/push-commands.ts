import { Readable } from 'node:stream';

import { FLUSH, LENGTH_CHARS, toLength, toPacket } from './pkt-line.ts';

/** What a push wants to do with one ref (gitprotocol-pack(5), "Reference Update Request"). */
export interface PushCommand {
  ref: string;
  /** Null for a ref that is to be removed. */
  id: string | null;
}

export interface PushRequest {
  /** Empty where git only asks whether it may send. */
  commands: PushCommand[];
  /** What the client can do, such as `report-status`. */
  capabilities: ReadonlySet<string>;
  /** The request as it came, from its beginning. */
  body: Readable;
}

/** Of the list of refs: of about a thousand. */
const MAX_BYTES = 256 * 1024;
const COMMAND = /^([0-9a-f]{40}|[0-9a-f]{64}) ([0-9a-f]{40}|[0-9a-f]{64}) ([^\0\n]+)(?:\0([^\n]*))?\n?$/;

/**
 * Reads which refs a push is about, which its request begins with. Undefined for what is no such list, is too long, or is signed: the refs of
 * a signed push are those of its certificate.
 */
export async function readPush(incoming: AsyncIterable<Buffer>): Promise<PushRequest | undefined> {
  const source = incoming[Symbol.asyncIterator]();
  const commands: PushCommand[] = [];
  const capabilities = new Set<string>();
  let read = Buffer.alloc(0);
  let at = 0;
  for (;;) {
    const header = read.toString('latin1', at, at + LENGTH_CHARS);
    const length = header.length < LENGTH_CHARS ? Infinity : toLength(header);
    if (Number.isNaN(length) || at > MAX_BYTES) return undefined;
    if (read.length < at + length) {
      const next = await source.next();
      if (next.done === true) return undefined;
      read = Buffer.concat([read, next.value]);
      continue;
    }
    if (header === FLUSH) break;
    const packet = read.toString('utf8', at + LENGTH_CHARS, at + length);
    at += length;
    if (commands.length === 0 && packet.startsWith('shallow ')) continue;
    const [, , id = '', ref = '', given = ''] = COMMAND.exec(packet) ?? [];
    if (ref === '') return undefined;
    for (const each of given.split(' ')) if (each !== '') capabilities.add(each);
    commands.push({ ref, id: /^0+$/.test(id) ? null : id });
  }
  return { commands, capabilities, body: Readable.from(join(read, source)) };
}

async function* join(first: Buffer, rest: AsyncIterator<Buffer>): AsyncGenerator<Buffer> {
  yield first;
  for (let next = await rest.next(); next.done !== true; next = await rest.next()) yield next.value;
}

/**
 * The answer of a server that takes none of the refs: git shows the reason beside each. Undefined for a client that wants no report.
 * @param reason without line ends
 */
export function toRefusal(
  { commands, capabilities }: Pick<PushRequest, 'commands' | 'capabilities'>,
  reason: string,
): Buffer | undefined {
  if (!capabilities.has('report-status') && !capabilities.has('report-status-v2')) return undefined;
  const lines = ['unpack ok\n', ...commands.map(({ ref }) => `ng ${ref} ${reason}\n`)];
  const report = Buffer.concat([...lines.map((line) => toPacket(Buffer.from(line))), Buffer.from(FLUSH)]);
  if (!capabilities.has('side-band-64k')) return report;
  const packets: Buffer[] = [];
  for (let start = 0; start < report.length; start += MAX_BAND_BYTES)
    packets.push(toPacket(Buffer.concat([Buffer.from([1]), report.subarray(start, start + MAX_BAND_BYTES)])));
  return Buffer.concat([...packets, Buffer.from(FLUSH)]);
}

const MAX_BAND_BYTES = 60_000;
