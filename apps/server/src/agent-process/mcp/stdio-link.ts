import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import { ErrorCode, JSONRPCMessageSchema, type JSONRPCMessage } from '@modelcontextprotocol/sdk/types.js';

import type { Exit } from '../../hosts/exit.ts';
import type { StartFault } from '../../hosts/find-start-fault.ts';
import type { HostedProcess } from '../../hosts/host.ts';
import { resolvesWithin } from '../../lib/within.ts';
import { EVENT_COST_BYTES, LINE_COST_BYTES, MAX_ANSWER_BYTES } from './bounded-fetch.ts';
import { findLastWords, toLastLines } from './last-words.ts';
import { createMaskedTail } from '../../lib/masked-tail.ts';
import { LostError, type McpLink, type McpLinkOptions } from './mcp-link.ts';
import { toDetails, toProblem } from './mcp-problem.ts';
import { FloodError } from './read-budget.ts';
import { createLineSplitter, type SplitLine } from './split-lines.ts';

export interface StdioLinkTarget {
  /** Starts the server's process. `onStderr` gets what it writes to its standard error. */
  start(onStderr: (text: string) => void): HostedProcess;
  /** Replaces secrets in text that people see. */
  mask(text: string): string;
  maxRssBytes: number;
  /** Why its program did not start; undefined where it ran. */
  findStartFault(exit: Exit, stderr: string): StartFault | undefined;
}

/** A longer line is not waited for: nothing that an agent asks for has so much. */
const MAX_SKIPPED_BYTES = 256 * 1024 * 1024;
/** What is skipped costs less to read than what is parsed. */
const SKIPPED_SHARE = 1 / 8;
/** Paid for together. */
const SLICE_COST_BYTES = 256 * 1024;
/** What the server has not read of what was sent to it. */
const MAX_UNREAD_BYTES = 32 * 1024 * 1024;
/** Its last output may be an answer; children that it left can keep it open. */
const LAST_OUTPUT_MS = 500;
const MAX_STDERR_CHARS = 8000;
const MAX_QUOTED_CHARS = 100;
const MIB = 1024 * 1024;
const REMEDY_OF_END = 'Look at its last output, and correct its arguments, its environment or its configuration';

/**
 * A link to a server that is a process: one JSON-RPC message a line on its standard streams. Lines that are no message
 * are ignored and told. What the server may send is bounded as over HTTP: an answer over 8 MiB is skipped and the
 * request gets an error, and the whole is read no faster than the budget allows.
 */
export function createStdioLink(target: StdioLinkTarget, options: McpLinkOptions): McpLink {
  const { budget, onOddity, onFlood } = options;
  let hosted: HostedProcess | undefined;
  let lost: LostError | undefined;
  const stderr = createMaskedTail(target.mask, MAX_STDERR_CHARS);
  let ending: Promise<void> | undefined;
  let isClosing = false;
  let isOdd = false;
  let reading: Promise<void> = Promise.resolve();

  const transport: Transport = {
    async start() {
      if (isClosing) throw new Error('The link was closed');
      hosted = target.start(stderr.add);
      hosted.stdin.on('error', () => undefined);
      hosted.once('exit', () => void end());
      hosted.once('error', () => void end());
      reading = read(hosted).catch((error: unknown) => {
        if (error instanceof FloodError) onFlood(error);
        lose(error instanceof LostError ? error : new LostError(toProblem(error), toDetails(error)));
      });
    },
    async send(message) {
      if (hosted === undefined || ending !== undefined) throw lost ?? new Error('The server has ended');
      if (hosted.stdin.writableLength > MAX_UNREAD_BYTES) throw new Error('it does not read what is sent to it');
      hosted.stdin.write(`${JSON.stringify(message)}\n`);
    },
    close: () => link.close(),
  };

  /** Ends a server that does what cannot be borne. */
  const lose = (error: LostError) => {
    if (isClosing || ending !== undefined) return;
    lost ??= error;
    hosted?.kill();
  };

  const end = (): Promise<void> => {
    ending ??= (async () => {
      await resolvesWithin(reading, isClosing ? 0 : LAST_OUTPUT_MS);
      const exit = await hosted?.end();
      if (exit && !isClosing) lost ??= toLost(exit);
      transport.onclose?.();
    })();
    return ending;
  };

  const toLost = (exit: Exit): LostError => {
    const { cause, code, signal, error } = exit;
    if (cause === 'memory') {
      const most = `${Math.round(target.maxRssBytes / MIB)} MB`;
      return new LostError(`it used more memory than the ${most} that it may`);
    }
    if (cause === 'host_lost') return new LostError('its host cannot be reached any more');
    const { mask } = target;
    const said = stderr.text;
    const fault = target.findStartFault(exit, said);
    // They quote its command and its PATH, which secrets may be filled into.
    if (fault !== undefined) return new LostError(mask(fault.text), { remedy: mask(fault.remedy) });
    if (cause === 'start_failed') return new LostError(mask(`it could not be started: ${toProblem(error)}`));
    const how = signal === null ? `it ended with exit code ${code}` : `it was ended by the signal ${signal}`;
    const words = findLastWords(said);
    const output = toLastLines(said);
    return new LostError(words === undefined ? how : `${how} and said “${words}”`, {
      remedy: REMEDY_OF_END,
      ...(output !== undefined && { output }),
    });
  };

  const read = async (from: HostedProcess): Promise<void> => {
    const lines = createLineSplitter(MAX_ANSWER_BYTES);
    let cost = 0;
    const pay = async () => {
      const due = cost;
      cost = 0;
      await budget.take(due);
    };
    for await (const chunk of from.stdout as AsyncIterable<Buffer>) {
      cost += lines.openBytes > MAX_ANSWER_BYTES ? chunk.length * SKIPPED_SHARE : chunk.length;
      for (const line of lines.feed(chunk)) {
        cost += takeLine(line) ? EVENT_COST_BYTES : LINE_COST_BYTES;
        if (cost >= SLICE_COST_BYTES) await pay();
      }
      if (lines.openBytes > MAX_SKIPPED_BYTES) throw new LostError('it wrote a line without an end');
      await pay();
    }
  };

  /** Whether it was looked at as a message. */
  const takeLine = (line: SplitLine): boolean => {
    if (!('text' in line)) {
      const id = findId(line.head) ?? findId(line.tail);
      answerFor(id, `it answers with more than ${MAX_ANSWER_BYTES} bytes`);
      return true;
    }
    const text = line.text.trim();
    if (text === '') return false;
    if (!text.startsWith('{')) {
      tellOddity('it writes lines to its output that are no MCP messages, and they are ignored', text);
      return false;
    }
    const value = parseJson(text);
    const message = JSONRPCMessageSchema.safeParse(value);
    if (message.success) transport.onmessage?.(message.data);
    else {
      tellOddity('it writes messages that are no JSON-RPC, and they are ignored', text);
      answerFor(findAnsweredId(value), 'its answer is no JSON-RPC');
    }
    return true;
  };

  /** Once: to mask a long line takes long. */
  const tellOddity = (oddity: string, line: string) => {
    if (!isOdd) onOddity(`${oddity}: “${target.mask(line).slice(0, MAX_QUOTED_CHARS)}”`);
    isOdd = true;
  };

  /** An answer that cannot be used is the end of what was asked. */
  const answerFor = (id: string | number | undefined, problem: string) => {
    if (id === undefined) return;
    const error = { code: ErrorCode.InternalError, message: problem };
    const message: JSONRPCMessage = { jsonrpc: '2.0', id, error };
    transport.onmessage?.(message);
  };

  const link: McpLink = {
    transport,
    get lost() {
      return lost;
    },
    isProcess: true,
    close() {
      isClosing ||= ending === undefined;
      return end();
    },
  };
  return link;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** The id of a message that seems to be an answer. */
function findAnsweredId(value: unknown): string | number | undefined {
  if (typeof value !== 'object' || value === null || !('id' in value) || 'method' in value) return undefined;
  return typeof value.id === 'number' || typeof value.id === 'string' ? value.id : undefined;
}

/** Our ids are numbers, and most servers write them first or last. */
function findId(edge: string): number | undefined {
  const [, digits] = /"id"\s*:\s*(\d{1,15})\s*[,}]/.exec(edge) ?? [];
  return digits === undefined ? undefined : Number(digits);
}
