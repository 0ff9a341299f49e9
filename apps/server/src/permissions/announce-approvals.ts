import { maskSecrets, type EventPlugin, type RuleSubject, type SessionEvent } from '@claude-sdk-pattern/protocol';

import { toDigestOf } from '../audit/canonical-json.ts';
import { toMcpDisplayName, type McpTool } from '../definitions/mcp-tool-name.ts';
import { stampEvent } from '../journal/stamp-event.ts';
import type { Clock } from '../lib/clock.ts';
import type { NewApproval } from '../store/approvals.ts';
import type { StoreTransaction } from '../store/port.ts';
import { toElicitationTitle } from './elicitation.ts';
import { findUnanswerable, storeHandOvers, toHandOver, type SecondPersonFinder } from './hand-over-unanswerable.ts';
import { toApprovalTitle, type ApprovalRequest, type PendingApproval } from './pending-approvals.ts';
import type { CallRule } from './session-rule.ts';

export interface AnnounceDeps extends SecondPersonFinder {
  sessionId: string;
  clock: Clock;
  /** How long people may take to answer. */
  timeoutMs: number;
  /** Who asked for what the turn does: the session's owner, and whoever wrote the turn's messages. */
  findRequesters(): Promise<readonly string[]>;
  /** The own name of the custom tool that the CLI's name of a tool stands for; undefined for every other tool. */
  findCustomTool(toolName: string): string | undefined;
  /** The MCP server and tool that the CLI's name of a tool stands for. */
  findMcpTool(toolName: string): McpTool | undefined;
  /** The plugin that a call belongs to; undefined where it is no plugin's. */
  findPlugin(call: Pick<PendingApproval, 'toolName' | 'input'>): EventPlugin | undefined;
  /** Tells others of new requests, in the transaction that stores them. */
  noteRequested(requests: readonly ApprovalRequest[], transaction: StoreTransaction): Promise<void>;
  append(
    events: readonly SessionEvent[],
    options?: { within: (transaction: StoreTransaction) => Promise<void> },
  ): Promise<number>;
}

/**
 * Asks people: stores the requests with their events and, after them, the status that names all that waits. Sets until when
 * each may be answered, and by whom not. Where a rule demands a second person and the session has none, operators get the call.
 */
export async function announceApprovals(
  deps: AnnounceDeps,
  fresh: readonly PendingApproval[],
  toStatus: () => SessionEvent,
): Promise<void> {
  const { sessionId, clock } = deps;
  const now = clock.now();
  const requesters = fresh.some(({ terms }) => terms?.fourEyes) ? await deps.findRequesters() : [];
  const asking = fresh.filter(({ kind }) => kind === 'approval');
  for (const approval of asking) {
    const { expiresInSeconds, fourEyes = false } = approval.terms ?? {};
    approval.expiresAtMs = now + (expiresInSeconds === undefined ? deps.timeoutMs : expiresInSeconds * 1000);
    approval.fourEyes = fourEyes ? requesters : null;
  }
  const left = await findUnanswerable(deps, fresh);
  const handOvers = left.map((approval) => toHandOver(clock, approval));
  const shown = fresh.map((approval) => ({
    ...{ approval, title: toTitle(approval), toolName: toShownName(deps, approval.toolName) },
    plugin: approval.elicitation === null ? deps.findPlugin(approval) : approval.elicitation.plugin,
  }));
  const ofPeople = shown.filter(({ approval: { kind } }) => kind === 'approval');
  const requests = ofPeople.map((each) => toRequest(clock, each));
  const asked = fresh.flatMap(({ elicitation }) => elicitation ?? []);
  await deps.append([...asked, ...requests, ...handOvers.map(({ event }) => event), toStatus()], {
    within: async (transaction) => {
      const { approvals } = transaction;
      for (const { approval, title, toolName, plugin = null } of shown) {
        const { kind, eventId, toolUseId, input, secrets, reason, expiresAtMs } = approval;
        const opened: NewApproval = {
          ...{ kind, id: eventId, sessionId, toolUseId, toolName, plugin },
          ...{ input: maskSecrets(input, secrets), inputSha256: toDigestOf(input) },
          ...{ title, reason, fourEyes: approval.fourEyes },
          expiresAt: kind === 'approval' ? new Date(expiresAtMs).toISOString() : null,
        };
        await (approval.isAgain === true ? approvals.openAgain(opened) : approvals.open(opened));
      }
      await storeHandOvers(handOvers, transaction);
      const told = ofPeople.map(({ approval: { eventId, expiresAtMs }, toolName, plugin = null }) => ({
        ...{ sessionId, eventId, toolName, plugin, requestedAtMs: now, expiresAtMs },
      }));
      if (told.length > 0) await deps.noteRequested(told, transaction);
    },
  });
  for (const { approval, handedOver } of handOvers) approval.handedOver = handedOver;
}

/** Tells people of a request again that has another reason now. What they are asked stays the same. */
export async function tellApprovalAgain(deps: AnnounceDeps, approval: PendingApproval): Promise<void> {
  const { eventId, reason, toolName } = approval;
  const shown = { approval, title: toTitle(approval), toolName: toShownName(deps, toolName) };
  await deps.append([toRequest(deps.clock, { ...shown, plugin: deps.findPlugin(approval) })], {
    within: async ({ approvals }) => void (await approvals.setReason(eventId, reason)),
  });
}

interface ShownApproval {
  approval: PendingApproval;
  title: string;
  /** As people see it. */
  toolName: string;
  plugin: EventPlugin | undefined;
}

function toRequest(clock: Clock, { approval, title, toolName, plugin }: ShownApproval): SessionEvent {
  return stampEvent(clock, {
    type: 'session.approval_requested',
    event_id: approval.eventId,
    tool_name: toolName,
    title,
    reason: approval.reason,
    session_rule: approval.rule?.rule ?? null,
    rule: approval.rule ?? null,
    expires_at: new Date(approval.expiresAtMs).toISOString(),
    asked_by: approval.source,
    ...(approval.fourEyes !== null && { four_eyes: approval.fourEyes }),
    ...(plugin && { plugin }),
  });
}

/** The rule that would allow the call for the session, as people are shown it. */
export function toRuleSubject(
  deps: Pick<AnnounceDeps, 'findMcpTool' | 'findCustomTool'>,
  toolName: string,
  rule: CallRule | undefined,
): RuleSubject | undefined {
  const mcp_server_name = deps.findMcpTool(toolName)?.server ?? null;
  return rule && { ...rule, tool_name: toShownName(deps, toolName), mcp_server_name };
}

function toShownName(
  { findMcpTool, findCustomTool }: Pick<AnnounceDeps, 'findMcpTool' | 'findCustomTool'>,
  toolName: string,
): string {
  const custom = findCustomTool(toolName);
  if (custom !== undefined) return custom;
  const mcp = findMcpTool(toolName);
  return mcp === undefined ? toolName : toMcpDisplayName(mcp);
}

function toTitle({ kind, elicitation, toolName }: Pick<PendingApproval, 'kind' | 'elicitation' | 'toolName'>): string {
  if (kind === 'custom_tool') return 'Use a tool of the client';
  return elicitation === null ? toApprovalTitle(toolName) : toElicitationTitle(elicitation);
}
