import { isDeepStrictEqual } from 'node:util';

import type { GateDecision, PermissionGate } from './gate.ts';
import { isStricter } from '../hooks/strictest-verdict.ts';
import type { HookVerdict } from '../hooks/hook-handler.ts';
import { isSameCall } from './same-call.ts';

export interface DecidedCall {
  toolName: string;
  input: Readonly<Record<string, unknown>>;
  decision: GateDecision;
}

/** Permit to run a decided call once. */
interface Permit {
  toolName: string;
  input: Readonly<Record<string, unknown>>;
  isTaken: boolean;
}

/**
 * One decision for each tool call, taken when anybody first hears of it and remembered until its result: what the
 * journal shows is what is enforced. A call that would by now be decided more strictly (the mode was changed, a link
 * appeared), or that is not the one that was shown, does not run at all: the agent may make it again.
 */
export class ToolDecisions {
  readonly #gate: PermissionGate;
  readonly #calls = new Map<string, DecidedCall>();
  readonly #permits = new Map<string, Permit>();
  #workingDir: string | undefined;

  constructor(gate: PermissionGate) {
    this.#gate = gate;
  }

  /** The decision, as it is shown. */
  decide(toolUseId: string, toolName: string, input: Readonly<Record<string, unknown>>): GateDecision {
    const known = this.#calls.get(toolUseId);
    if (known) return known.decision;
    const decision = this.#gate.evaluate(toolName, input, this.#workingDir);
    this.#calls.set(toolUseId, { toolName, input, decision });
    return decision;
  }

  /** The decision, as it is enforced when the agent is about to make the call. */
  enforce(
    toolUseId: string,
    call: { toolName: string; input: Readonly<Record<string, unknown>>; workingDir?: string },
  ): GateDecision {
    const { toolName, input, workingDir = this.#workingDir } = call;
    const known = this.#calls.get(toolUseId);
    const now = this.#gate.evaluate(toolName, input, workingDir);
    if (known === undefined) {
      this.#calls.set(toolUseId, { toolName, input, decision: now });
      return now;
    }
    const { decision } = known;
    if (known.toolName !== toolName || !isSameCall(known, { input, workingDir })) return refuse(CHANGED);
    if (!isStricter(now.permission, decision.permission)) return decision;
    return now.permission === 'deny' ? now : refuse(STRICTER);
  }

  /** The call may be made, by the policy or by a person: one permit for each call, however often its decision is told. */
  permit(toolUseId: string, toolName: string, input: Readonly<Record<string, unknown>>): void {
    if (!this.#permits.has(toolUseId)) this.#permits.set(toolUseId, { toolName, input, isTaken: false });
  }

  /**
   * Somebody has decided the call more strictly than the policy did, as it stands in the journal: from now on people are
   * asked about it, or it is not made.
   */
  tighten(toolUseId: string, { permission, reason }: HookVerdict): void {
    this.#permits.delete(toolUseId);
    const known = this.#calls.get(toolUseId);
    if (known === undefined || !isStricter(permission, known.decision.permission)) return;
    this.#calls.set(toolUseId, { ...known, decision: { permission, reason, rule: undefined } });
  }

  /** Whether such a call was permitted and not made yet; from then on it is made. */
  takePermit(toolName: string, input: Readonly<Record<string, unknown>>): boolean {
    for (const permit of this.#permits.values()) {
      if (permit.isTaken || permit.toolName !== toolName || !isDeepStrictEqual(permit.input, input)) continue;
      permit.isTaken = true;
      return true;
    }
    return false;
  }

  /** Where the agent's commands run from now on, as the CLI says. */
  noteWorkingDir(dir: string): void {
    this.#workingDir = dir;
  }

  /** The call has its result. */
  forget(toolUseId: string): void {
    this.#calls.delete(toolUseId);
    this.#permits.delete(toolUseId);
  }

  /** The turn has ended, so no call is left. */
  clear(): void {
    this.#calls.clear();
    this.#permits.clear();
  }

  /** The process has ended: the next one works in the workspace's own folder again. */
  reset(): void {
    this.clear();
    this.#workingDir = undefined;
  }
}

const CHANGED = 'The call is not the one that was shown. Make it again if it is still needed';
const STRICTER = 'What is allowed has changed since the call was shown. Make it again if it is still needed';

function refuse(reason: string): GateDecision {
  return { permission: 'deny', reason, rule: undefined };
}
