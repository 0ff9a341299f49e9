import type { Policy, PolicyResource, PolicyRule } from '@claude-sdk-pattern/protocol';
import { useCallback, useEffect, useState } from 'react';

import { useServices } from '../../services/services.ts';
import { ApiError } from '../../api/api-error.ts';
import { toProblem, type Problem } from '../../session/problem.ts';

/** A rule that is edited. `id` stays the same while its place and its content change. */
export interface DraftRule extends PolicyRule {
  id: string;
}

/** A rule that the server does not take, and why. */
export interface RefusedRule {
  id: string;
  /** As it was then: another text may be right. */
  rule: string;
  message: string;
}

export interface PolicyDraft {
  /** Null until the first answer. */
  saved: PolicyResource | null;
  rules: readonly DraftRule[];
  /** The rules as the server takes them, saved or not. */
  unsaved: PolicyRule[];
  refused: RefusedRule | null;
  neverAsk: Policy['never_ask'];
  isChanged: boolean;
  isSaving: boolean;
  /** `load` or `save` failed. */
  failure: { of: 'load' | 'save'; problem: Problem } | null;
  setRules: (change: (rules: readonly DraftRule[]) => readonly DraftRule[]) => void;
  setNeverAsk: (roles: Policy['never_ask']) => void;
  /** Loads the stored policy and drops what was changed. */
  load: () => void;
  /** True when it is stored. */
  save: () => Promise<boolean>;
  /** Marks the rule that an error of the server is about; false where it is about none. */
  refuse: (error: unknown) => boolean;
}

/** The policy of the platform, and the changes that are not saved yet. */
export function usePolicy(): PolicyDraft {
  const { api } = useServices();
  const [saved, setSaved] = useState<PolicyResource | null>(null);
  const [rules, setRules] = useState<readonly DraftRule[]>([]);
  const [neverAsk, setNeverAsk] = useState<Policy['never_ask']>([]);
  const [isSaving, setSaving] = useState(false);
  const [refused, setRefused] = useState<RefusedRule | null>(null);
  const [failure, setFailure] = useState<PolicyDraft['failure']>(null);

  const take = useCallback((policy: PolicyResource) => {
    setSaved(policy);
    setRules(policy.rules.map((rule) => ({ ...rule, id: crypto.randomUUID() })));
    setNeverAsk(policy.never_ask);
    setFailure(null);
    setRefused(null);
  }, []);
  const load = useCallback(() => {
    api.getPolicy().then(take, (error: unknown) => setFailure({ of: 'load', problem: toProblem(error) }));
  }, [api, take]);
  useEffect(load, [load]);

  const unsaved = rules.map(toRule);
  const isSame = (one: unknown, other: unknown) => JSON.stringify(one) === JSON.stringify(other);
  const isChanged = saved !== null && !(isSame(unsaved, saved.rules.map(toRule)) && isSame(neverAsk, saved.never_ask));

  const refuse = (error: unknown) => {
    const rule = rules[findRuleIndex(error) ?? -1];
    setRefused(rule === undefined ? null : { id: rule.id, rule: rule.rule, message: toRemedy(error) });
    return rule !== undefined;
  };
  const save = async () => {
    if (saved === null) return false;
    setSaving(true);
    setFailure(null);
    setRefused(null);
    try {
      take(await api.putPolicy({ version: saved.version, rules: unsaved, never_ask: neverAsk }));
      return true;
    } catch (error) {
      if (!refuse(error)) setFailure({ of: 'save', problem: toProblem(error) });
      return false;
    } finally {
      setSaving(false);
    }
  };
  const state = { saved, rules, unsaved, refused, neverAsk, isChanged, isSaving, failure };
  return { ...state, setRules, setNeverAsk, load, save, refuse };
}

/** As the server takes it: without what is empty, or goes only with another effect. */
function toRule(rule: PolicyRule & { id?: string }): PolicyRule {
  const { id: _, rule: text, reason, four_eyes, expires_in_seconds, ...rest } = rule;
  return {
    ...{ ...rest, rule: text.trim() },
    ...(reason !== undefined && reason.trim() !== '' && { reason }),
    ...(rest.effect === 'ask' && four_eyes === true && { four_eyes }),
    ...(rest.effect === 'ask' && expires_in_seconds !== undefined && { expires_in_seconds }),
  };
}

/** From `rules[3].rule` or `rules.3.rule`, as the server names a wrong field. */
function findRuleIndex(error: unknown): number | undefined {
  const field = error instanceof ApiError ? error.details['field'] : undefined;
  const index = typeof field === 'string' ? /^rules[.[](\d+)/.exec(field)?.[1] : undefined;
  return index === undefined ? undefined : Number(index);
}

function toRemedy(error: unknown): string {
  const remedy = error instanceof ApiError ? error.details['remedy'] : undefined;
  return typeof remedy === 'string' ? remedy : toProblem(error).message;
}
