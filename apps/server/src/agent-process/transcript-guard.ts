import type { SDKMessage, SDKUserMessage, SessionStore } from '@anthropic-ai/claude-agent-sdk';
import { CspError } from '@claude-sdk-pattern/protocol';
import { z } from 'zod';

import type { Logger } from '../telemetry/logger.ts';
import { completeTranscript, isOfAgent, toSaidMessage, type SaidMessage } from './complete-transcript.ts';
import type { AgentStart } from './options/build-options.ts';
import type { AgentTranscript } from './transcript-store.ts';

export interface TranscriptGuardDeps {
  profile: AgentStart;
  /** Of the profile's agent session. */
  transcript: AgentTranscript;
  logger: Logger;
  /** Called when the transcript is full. A process that continued would be resumed without its later messages. */
  onRefused(error: CspError): void;
}

/** Keeps the transcript of one process complete in the store, however the process ends. */
export interface TranscriptGuard {
  /** For the SDK. */
  readonly sessionStore: SessionStore;
  noteSent(input: { uuid: string; message: SDKUserMessage['message'] }): void;
  noteMessage(message: SDKMessage): void;
  /** Resolves when the calls are in the store, or after a while: until then no other process could make them. */
  whenStored(toolUseIds: readonly string[]): Promise<void>;
  /** After an unexpected end: stores what the process had sent and not mirrored. Never rejects. */
  complete(): Promise<void>;
}

/** More messages than a process sends in the 100 ms by which its transcript is late. */
const MAX_SAID = 50;
/** Thirty times as late as the transcript usually is. */
const MAX_LATE_MS = 3000;

export function createTranscriptGuard(deps: TranscriptGuardDeps): TranscriptGuard {
  const { profile, transcript, logger, onRefused } = deps;
  const { sessionStore } = transcript;
  /** The newest messages of this turn. After the end of a turn all of it is stored (SDK 0.3.330). */
  let said: SaidMessage[] = [];

  const calls = createCallWatch();

  const remember = (message: SaidMessage) => {
    said = [...said, message].slice(-MAX_SAID);
  };

  const tellRefusal = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      if (error instanceof CspError) onRefused(error);
      throw error;
    }
  };

  return {
    sessionStore: {
      ...sessionStore,
      load: (key) => tellRefusal(() => sessionStore.load(key)),
      async append(key, entries) {
        await tellRefusal(() => sessionStore.append(key, entries));
        calls.note(entries.flatMap((entry) => toToolUseIds(entry['message'])));
        // A sent message may be large, and is not needed once the transcript has it.
        const stored = new Set(entries.map(({ uuid }) => uuid));
        said = said.filter((each) => isOfAgent(each) || !stored.has(each.uuid));
      },
    },
    noteSent: ({ uuid, message }) => remember({ type: 'user', uuid, message }),
    noteMessage(message) {
      if (message.type === 'result') {
        said = [];
        calls.clear();
      }
      const heard = toSaidMessage(message);
      if (heard) remember(heard);
    },
    whenStored: (toolUseIds) => calls.wait(toolUseIds, MAX_LATE_MS),
    async complete() {
      try {
        await completeTranscript(transcript, { ...profile, said });
      } catch (error) {
        logger.error({ err: error }, 'the end of a transcript could not be stored');
      }
    },
  };
}

/** Which calls of the turn are stored. */
function createCallWatch() {
  const stored = new Set<string>();
  const waiting = new Set<() => void>();
  return {
    note(toolUseIds: readonly string[]): void {
      for (const id of toolUseIds) stored.add(id);
      for (const check of waiting) check();
    },
    clear: () => stored.clear(),
    wait: (toolUseIds: readonly string[], ms: number) =>
      new Promise<void>((resolve) => {
        const end = () => {
          clearTimeout(timer);
          waiting.delete(check);
          resolve();
        };
        const check = () => {
          if (toolUseIds.every((id) => stored.has(id))) end();
        };
        const timer = setTimeout(end, ms).unref();
        waiting.add(check);
        check();
      }),
  };
}

const callingMessage = z.looseObject({
  role: z.literal('assistant'),
  content: z.array(z.looseObject({ type: z.string() })),
});

function toToolUseIds(message: unknown): string[] {
  const content = callingMessage.safeParse(message).data?.content ?? [];
  return content.flatMap(({ type, id }) => (type === 'tool_use' && typeof id === 'string' ? [id] : []));
}
