import type {
  SDKAssistantMessage,
  SDKMessage,
  SDKUserMessage,
  SessionStoreEntry,
} from '@anthropic-ai/claude-agent-sdk';

import { adoptLocalTranscript } from './adopt-local-transcript.ts';
import type { SessionDirs } from '../workspaces/session-dirs.ts';
import type { AgentTranscript } from './transcript-store.ts';
import { isUsableMessage } from './translate/usable-message.ts';

/** A message of the running turn, to the agent or from it. Its uuid is that of its transcript entry. */
export interface SaidMessage {
  type: 'user' | 'assistant';
  uuid: string;
  message: SDKUserMessage['message'] | SDKAssistantMessage['message'];
}

const MAX_UUID_CHARS = 200;

/** Fields that all entries of a transcript have in common (CLI 2.1.330). */
const COMMON_FIELDS = ['userType', 'entrypoint', 'cwd', 'sessionId', 'version', 'gitBranch'];

/** Stores what a killed process had written and not mirrored, and what it had sent and not written. */
export async function completeTranscript(
  transcript: Omit<AgentTranscript, 'sessionStore'>,
  options: { agentSessionId: string; dirs: SessionDirs; said: readonly SaidMessage[] },
): Promise<void> {
  const { agentSessionId, dirs, said } = options;
  await adoptLocalTranscript(transcript, { dirs, agentSessionId });
  if (said.length === 0) return;
  const first = { userType: 'external', cwd: dirs.workspace, sessionId: agentSessionId };
  const known = await transcript.findUuids(said.map(({ uuid }) => uuid));
  const last = await transcript.findLast((entry) => entry['isSidechain'] === false);
  const missing = toMissingEntries({ known, last }, said, { now: new Date().toISOString(), first });
  if (missing.length > 0) await transcript.append(missing);
}

/** Undefined for messages that are not entries of the main transcript. */
export function toSaidMessage(message: SDKMessage): SaidMessage | undefined {
  if (message.type !== 'assistant' && message.type !== 'user') return undefined;
  if (message.parent_tool_use_id !== null || !isUsableMessage(message)) return undefined;
  if (typeof message.uuid !== 'string' || message.uuid.length > MAX_UUID_CHARS) return undefined;
  return { type: message.type, uuid: message.uuid, message: message.message };
}

/**
 * The entries that a killed process had sent to us and not written yet: it writes about 100 ms late (CLI 2.1.330).
 * Without them a tool call that has finished in that time would look unfinished. Messages to the agent without an
 * answer are left out: the agent may not have received them, so they are sent again. `known` are the uuids in the
 * store, `last` is its last entry of the main conversation. For a transcript without entries, `first` has the fields
 * that all entries share. Pure.
 */
export function toMissingEntries(
  { known, last }: { known: ReadonlySet<string>; last: SessionStoreEntry | undefined },
  said: readonly SaidMessage[],
  { now, first }: { now: string; first: Readonly<Record<string, unknown>> },
): SessionStoreEntry[] {
  const common = last === undefined ? first : Object.fromEntries(COMMON_FIELDS.map((field) => [field, last[field]]));
  const callers = toCallers(said);
  let parentUuid = last?.uuid ?? null;
  return said.slice(0, said.findLastIndex(isOfAgent) + 1).flatMap(({ type, uuid, message }) => {
    if (known.has(uuid)) return [];
    const caller = toToolUseIds(message, 'tool_result').map((id) => callers.get(id))[0];
    const parent = caller ?? parentUuid;
    parentUuid = uuid;
    const origin = caller === undefined ? {} : { sourceToolAssistantUUID: caller };
    return [{ ...common, ...origin, type, uuid, parentUuid: parent, isSidechain: false, message, timestamp: now }];
  });
}

/** Whether the message surely comes from the agent: its own text, or results of its tools. */
export function isOfAgent({ type, message }: SaidMessage): boolean {
  return type === 'assistant' || toToolUseIds(message, 'tool_result').length > 0;
}

/** The entry with the call of a result. Results of parallel calls have their call as parent, not each other. */
function toCallers(said: readonly SaidMessage[]): Map<string, string> {
  return new Map(said.flatMap(({ uuid, message }) => toToolUseIds(message, 'tool_use').map((id) => [id, uuid])));
}

function toToolUseIds({ content }: SaidMessage['message'], type: 'tool_use' | 'tool_result'): string[] {
  if (typeof content === 'string') return [];
  return content.flatMap((block) => {
    if (block.type !== type) return [];
    if (block.type === 'tool_use') return [block.id];
    return block.type === 'tool_result' ? [block.tool_use_id] : [];
  });
}
