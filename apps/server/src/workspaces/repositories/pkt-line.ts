import type { GitService } from './git-service.ts';

/** The longest list of refs that is read: of about a million. */
const MAX_BYTES = 64 * 1024 * 1024;
export const LENGTH_CHARS = 4;
export const FLUSH = '0000';
const VERSION_2 = 'version 2\n';

/**
 * Reads what a program of git says first, up to its flush packet (gitprotocol-common(5), pkt-line). Undefined where it ends before, or
 * speaks otherwise.
 */
export async function readAdvertisement(
  stdout: AsyncIterator<Buffer>,
): Promise<{ advertisement: Buffer; rest: Buffer } | undefined> {
  const packets: Buffer[] = [];
  let bytes = 0;
  let read = Buffer.alloc(0);
  while (bytes <= MAX_BYTES) {
    const length = read.length < LENGTH_CHARS ? Infinity : toLength(read.toString('latin1', 0, LENGTH_CHARS));
    if (Number.isNaN(length)) return undefined;
    if (read.length >= length) {
      packets.push(read.subarray(0, length));
      bytes += length;
      const isLast = read.toString('latin1', 0, LENGTH_CHARS) === FLUSH;
      read = read.subarray(length);
      if (isLast) return { advertisement: Buffer.concat(packets), rest: read };
      continue;
    }
    const next = await stdout.next();
    if (next.done === true) return undefined;
    read = Buffer.concat([read, next.value]);
  }
  return undefined;
}

/** Of a packet, with the length itself; not a number for what is none. */
export function toLength(text: string): number {
  if (text === FLUSH) return LENGTH_CHARS;
  const length = /^[0-9a-f]{4}$/i.test(text) ? Number.parseInt(text, 16) : Number.NaN;
  return length > LENGTH_CHARS ? length : Number.NaN;
}

/** The list of refs as HTTP has it: before version 2 the name of the service is in front (gitprotocol-http(5)). */
export function toHttpAdvertisement(advertisement: Buffer, service: GitService): Buffer {
  if (isVersion2(advertisement)) return advertisement;
  const line = `# service=${service}\n`;
  return Buffer.concat([toPacket(Buffer.from(line)), Buffer.from(FLUSH), advertisement]);
}

/** With its length in front. */
export function toPacket(content: Buffer): Buffer {
  const length = (content.length + LENGTH_CHARS).toString(16).padStart(LENGTH_CHARS, '0');
  return Buffer.concat([Buffer.from(length), content]);
}

/** Such a first answer says what the server can do, and nothing of the repository (gitprotocol-v2(5)). */
export function isVersion2(advertisement: Buffer): boolean {
  return advertisement.toString('latin1', LENGTH_CHARS, LENGTH_CHARS + VERSION_2.length) === VERSION_2;
}
