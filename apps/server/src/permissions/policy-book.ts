import { CspError, type Policy, type PolicyRule } from '@claude-sdk-pattern/protocol';
import { z } from 'zod';

import type { AuditRecorder } from '../audit/audit-log.ts';
import { toFactActor } from '../audit/fact.ts';
import { ROLES, type Actor } from '../identity/actor.ts';
import { createRefresher, type Refresher } from '../lib/refresher.ts';
import type { Store } from '../store/port.ts';
import type { Logger } from '../telemetry/logger.ts';
import { compileRules, RuleError, type CompiledRules } from './rules/compile-rules.ts';

/** A policy that is in force. */
export interface PolicyInForce {
  policy: Policy;
  rules: CompiledRules;
}

export interface PolicyBookDeps {
  store: Pick<Store, 'settings' | 'transaction'>;
  audit: AuditRecorder;
  logger: Pick<Logger, 'error'>;
}

/** Without `never_ask` it stays as it is. */
export type PolicyChange = Pick<Policy, 'version' | 'rules'> & { never_ask?: Policy['never_ask'] | undefined };

const KEY = 'policy';
/** Another server may have replaced the policy. It has to act within 2 s. */
const REFRESH_MS = 1000;

const EMPTY: Policy = { version: 0, rules: [], never_ask: [] };
const storedPolicy = z.object({
  version: z.number(),
  rules: z.array(
    z.object({
      effect: z.enum(['allow', 'ask', 'deny']),
      rule: z.string(),
      roles: z.array(z.enum(ROLES)).optional(),
      reason: z.string().optional(),
      four_eyes: z.boolean().optional(),
      expires_in_seconds: z.number().optional(),
    }),
  ),
  never_ask: z.array(z.enum(ROLES)),
});

/** The policy of the platform as the store has it, compiled once, and read again every second for other servers' changes. */
export class PolicyBook {
  readonly #deps: PolicyBookDeps;
  #inForce: PolicyInForce = { policy: EMPTY, rules: compileRules([]) };
  readonly #refresher: Refresher;

  constructor(deps: PolicyBookDeps) {
    this.#deps = deps;
    this.#refresher = createRefresher({
      everyMs: REFRESH_MS,
      read: () => this.#read(),
      onUnreadable: (error) =>
        deps.logger.error({ err: error }, 'the policy could not be read; the last one stays in force'),
    });
  }

  /** Rejects where the policy cannot be read: no call is decided without it. */
  async start(): Promise<void> {
    await this.#read();
    this.#refresher.start();
  }

  close(): void {
    this.#refresher.close();
  }

  get current(): PolicyInForce {
    return this.#inForce;
  }

  /**
   * Puts rules in place of those that there are.
   * @throws CspError `invalid_request` for a rule that cannot be parsed, with its index; `state_conflict` where `version` is
   * not the stored one.
   */
  async replace(actor: Actor, { version, rules, never_ask }: PolicyChange): Promise<Policy> {
    const compiled = compileGiven(rules);
    const { store, audit } = this.#deps;
    const next = await store.transaction(async (transaction) => {
      const stored = await transaction.settings.find(KEY);
      const before = stored === undefined ? EMPTY : storedPolicy.parse(stored);
      if (before.version !== version) throw toStale(version);
      const value: Policy = { version: before.version + 1, rules, never_ask: never_ask ?? before.never_ask };
      if (!(await transaction.settings.replace(KEY, { expected: stored, value }))) throw toStale(version);
      const four_eyes = rules.filter((rule) => rule.four_eyes === true).length;
      const details = { version: value.version, rules: rules.length, four_eyes, never_ask: value.never_ask };
      const target = { type: 'policy', id: 'platform' } as const;
      await audit.record({ actor: toFactActor(actor), action: 'policy.update', target, details }, transaction);
      return value;
    });
    this.#inForce = { policy: next, rules: compiled };
    return next;
  }

  async #read(): Promise<void> {
    const stored = await this.#deps.store.settings.find(KEY);
    const policy = stored === undefined ? EMPTY : storedPolicy.parse(stored);
    // A read that began before a change here is older than it.
    if (policy.version <= this.#inForce.policy.version) return;
    const onProblem = (error: RuleError) =>
      this.#deps.logger.error(
        { err: error },
        'a rule of the policy is not understood; what it may deny is asked about',
      );
    this.#inForce = { policy, rules: compileRules(policy.rules, { onProblem }) };
  }
}

function toStale(version: number): CspError {
  return new CspError('state_conflict', `The policy is no longer at version ${version}. Get it, and change that one`, {
    details: { field: 'version' },
  });
}

/** @throws CspError `invalid_request` for the first rule that cannot be parsed, with its index. */
export function compileGiven(rules: readonly PolicyRule[]): CompiledRules {
  try {
    return compileRules(rules);
  } catch (error) {
    if (!(error instanceof RuleError)) throw error;
    const { index, message } = error;
    throw new CspError('invalid_request', `rules[${index}] is no rule: ${rules[index]?.rule}. ${message}`, {
      details: { field: `rules[${index}].rule`, index, remedy: message },
      cause: error,
    });
  }
}
