import { isDeepStrictEqual } from 'node:util';

import type { DecisionSource } from '@claude-sdk-pattern/protocol';

import type { GateDecision, PermissionGate } from './gate.ts';
import { isStricter, type SaidVerdict } from '../hooks/strictest-verdict.ts';
import { isSameCall } from './same-call.ts';

export interface DecidedCall {
  toolName: string;
  input: Readonly<Record<string, unknown>>;
  decision: GateDecision;
}

/** That a call was denied when the agent was about to make it. */
export interface Denial {
  /** As the agent is told. */
  reason: string;
  /** The hook; absent where the policy denied it. */
  source?: DecisionSource;
}

/** Permit to run a decided call once. */
interface Permit {
  toolName: string;
  input: Readonly<Record<string, unknown>>;
  isTaken: boolean;
}

/**
 * Keeps one decision for each tool call, from the first time that the call is seen until its result. So the decision
 * that the journal shows is the one that is enforced. A call is denied if the policy would now decide it more strictly
 * (the mode was changed, a link appeared) or if it is not the call that was shown. The agent may make it again.
 */
export class ToolDecisions {
  readonly #gate: PermissionGate;
  readonly #calls = new Map<string, DecidedCall>();
  readonly #permits = new Map<string, Permit>();
  readonly #denials = new Map<string, Denial>();
  readonly #said = new Map<string, Pick<SaidVerdict, 'permission' | 'reason'>>();
  readonly #made = new Map<string, Readonly<Record<string, unknown>>>();
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

  /** What was decided before the process ended that made the call; a new one makes it. */
  restore(toolUseId: string, call: DecidedCall): void {
    this.#calls.set(toolUseId, call);
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

  /** Gives a call that the policy or a person allows its permit. Later calls with the same id give no second one. */
  permit(toolUseId: string, toolName: string, input: Readonly<Record<string, unknown>>): void {
    if (!this.#permits.has(toolUseId)) this.#permits.set(toolUseId, { toolName, input, isTaken: false });
  }

  /** The input that hooks have decided, where commands of plugins may change it. */
  noteMade(toolUseId: string, input: Readonly<Record<string, unknown>>): void {
    this.#made.set(toolUseId, input);
  }

  /** Whether this is another input than the one that hooks have decided. The CLI (2.1.332) itself changes none in between. */
  isChanged(toolUseId: string, input: Readonly<Record<string, unknown>>): boolean {
    const made = this.#made.get(toolUseId);
    return made !== undefined && !isDeepStrictEqual(made, input);
  }

  /** What the policy says of a call as a hook has changed it, and of the call that was shown. Nothing of it is kept. */
  judgeChanged(toolUseId: string, call: Omit<DecidedCall, 'decision'>): { shown: GateDecision; now: GateDecision } {
    const now = this.#gate.evaluate(call.toolName, call.input, this.#workingDir);
    return { shown: this.#calls.get(toolUseId)?.decision ?? now, now };
  }

  /** A hook has changed the call, and the new one is allowed: from now on it is the one that was decided. */
  change(toolUseId: string, call: DecidedCall): void {
    this.#calls.set(toolUseId, call);
    this.#made.set(toolUseId, call.input);
  }

  /** What all hook handlers together answered the CLI. */
  noteSaid(toolUseId: string, said: Pick<SaidVerdict, 'permission' | 'reason'>): void {
    this.#said.set(toolUseId, said);
  }

  /**
   * Whether a question of hooks, by its reason, is not the one that was answered the CLI: a command of a plugin asks. The CLI (2.1.332)
   * gives the reason of whoever asks, and of several that ask the command's.
   */
  isOfCommand(toolUseId: string, reason: string): boolean {
    const said = this.#said.get(toolUseId);
    return said !== undefined && (said.permission !== 'ask' || said.reason !== reason);
  }

  /**
   * Another hook handler has decided the call more strictly than the policy, whose decision the journal shows: people
   * are asked about the call, or it is denied. Where people are asked anyway, they are told what the hook asks, and no rule
   * for the session is offered: it would not keep the hook from asking again.
   */
  tighten(toolUseId: string, verdict: Omit<SaidVerdict, 'by'>): void {
    this.#permits.delete(toolUseId);
    const known = this.#calls.get(toolUseId);
    if (known === undefined) return;
    const { permission, reason, plugin } = verdict;
    const { decision } = known;
    const by = plugin === undefined || permission === 'deny' ? undefined : `Asked for by the plugin ${plugin}`;
    const told = [by, reason].filter((part) => part !== undefined && part !== '').join(': ') || NO_REASON;
    if (isStricter(permission, decision.permission)) {
      const { secrets } = decision;
      const source = toHookSource(verdict);
      const next = { permission, reason: told, rule: undefined, source, ...(secrets && { secrets }) };
      this.#calls.set(toolUseId, { ...known, decision: next });
    } else if (permission === decision.permission && permission === 'ask') {
      // People were told in an earlier process.
      if (decision.reason.startsWith(told)) return;
      const isDefault = decision.source.layer === 'default';
      const source = isDefault || plugin === undefined ? toHookSource(verdict) : { ...decision.source, plugin };
      const both = isDefault ? told : `${told} (${decision.reason})`;
      this.#calls.set(toolUseId, { ...known, decision: { ...decision, reason: both, source, rule: undefined } });
    }
  }

  /** The hooks have denied the call, so it does not run. */
  noteDenial(toolUseId: string, denial: Denial): void {
    this.#denials.set(toolUseId, denial);
  }

  /** Why the hooks denied the call; undefined where they did not. */
  findDenial(toolUseId: string): Denial | undefined {
    return this.#denials.get(toolUseId);
  }

  /** Uses up the permit of such a call. False when there is none that is unused. */
  takePermit(toolName: string, input: Readonly<Record<string, unknown>>): boolean {
    for (const permit of this.#permits.values()) {
      if (permit.isTaken || permit.toolName !== toolName || !isDeepStrictEqual(permit.input, input)) continue;
      permit.isTaken = true;
      return true;
    }
    return false;
  }

  /** Records the folder in which the agent's commands run from now on, as the CLI reports it. */
  noteWorkingDir(dir: string): void {
    this.#workingDir = dir;
  }

  /** Forgets a call that has its result. */
  forget(toolUseId: string): void {
    this.#calls.delete(toolUseId);
    this.#permits.delete(toolUseId);
    this.#denials.delete(toolUseId);
    this.#said.delete(toolUseId);
    this.#made.delete(toolUseId);
  }

  /** Forgets all calls, because the turn has ended. */
  clear(): void {
    this.#calls.clear();
    this.#permits.clear();
    this.#denials.clear();
    this.#said.clear();
    this.#made.clear();
  }

  /** Forgets all calls and the working directory, because the process has ended. */
  reset(): void {
    this.clear();
    this.#workingDir = undefined;
  }
}

/** What people are told of who asks or denies. */
export function toHookSource({ plugin }: Pick<SaidVerdict, 'plugin'>): DecisionSource {
  return { layer: 'hook', rule: null, ...(plugin !== undefined && { plugin }) };
}

/** Of a hook that gives none. */
const NO_REASON = 'Asked for by a hook';
const CHANGED = 'The call is not the one that was shown. Make it again if it is still needed';
const STRICTER = 'What is allowed has changed since the call was shown. Make it again if it is still needed';

function refuse(reason: string): GateDecision {
  return { permission: 'deny', reason, rule: undefined, source: { layer: 'default', rule: null } };
}
