import { Writable } from 'node:stream';

import type { TerminalSize } from '../host.ts';

/** What the server says to `run-terminal.ts`: a byte that tells what it is, its length in four bytes, then the bytes. */
const INPUT = 0;
const RESIZE = 1;
const HEAD_BYTES = 5;

function toFrame(type: number, body: Buffer): Buffer {
  const head = Buffer.alloc(HEAD_BYTES);
  head.writeUInt8(type, 0);
  head.writeUInt32BE(body.length, 1);
  return Buffer.concat([head, body]);
}

export interface TerminalInput {
  /** What a person types, as bytes. */
  stdin: Writable;
  resize(size: TerminalSize): void;
}

/** The input of a terminal over the standard input of its runner. */
export function createTerminalInput(runner: Writable): TerminalInput {
  runner.on('error', () => undefined);
  return {
    stdin: new Writable({
      write(chunk: Buffer, _encoding, done) {
        // What a terminal that ends does not take is lost; its end is told elsewhere.
        runner.write(toFrame(INPUT, chunk), () => done());
      },
      final(done) {
        runner.end(() => done());
      },
    }),
    resize({ columns, rows }) {
      if (!runner.writable) return;
      const body = Buffer.alloc(4);
      body.writeUInt16BE(columns, 0);
      body.writeUInt16BE(rows, 2);
      runner.write(toFrame(RESIZE, body));
    },
  };
}

export interface FrameHandlers {
  onInput(data: Buffer): void;
  onResize(size: TerminalSize): void;
}

/** Reads frames from chunks of any size. Bytes of an input frame are passed on as they come, so nothing is kept but a head. */
export function createFrameReader({ onInput, onResize }: FrameHandlers): (chunk: Buffer) => void {
  let head = Buffer.alloc(0);
  let body: { type: number; left: number; kept: Buffer } | undefined;

  return (chunk) => {
    let rest = chunk;
    while (rest.length > 0) {
      if (body === undefined) {
        const taken = rest.subarray(0, HEAD_BYTES - head.length);
        head = Buffer.concat([head, taken]);
        rest = rest.subarray(taken.length);
        if (head.length < HEAD_BYTES) return;
        body = { type: head.readUInt8(0), left: head.readUInt32BE(1), kept: Buffer.alloc(0) };
        head = Buffer.alloc(0);
      }
      const taken = rest.subarray(0, body.left);
      rest = rest.subarray(taken.length);
      body.left -= taken.length;
      if (body.type === INPUT && taken.length > 0) onInput(taken);
      if (body.type === RESIZE) body.kept = Buffer.concat([body.kept, taken]);
      if (body.left > 0) return;
      if (body.type === RESIZE) onResize({ columns: body.kept.readUInt16BE(0), rows: body.kept.readUInt16BE(2) });
      body = undefined;
    }
  };
}
