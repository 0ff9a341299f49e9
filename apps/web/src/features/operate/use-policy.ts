import type { Policy, PolicyRule } from '@claude-sdk-pattern/protocol';
import { useCallback, useEffect, useState } from 'react';

import { useServices } from '../../services/services.ts';
import { toProblem, type Problem } from '../../session/problem.ts';

/** A rule that is edited. `id` stays the same while its place and its content change. */
export interface DraftRule extends PolicyRule {
  id: string;
}

export interface PolicyDraft {
  /** Null until the first answer. */
  saved: Policy | null;
  rules: readonly DraftRule[];
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
}

/** The policy of the platform, and the changes that are not saved yet. */
export function usePolicy(): PolicyDraft {
  const { api } = useServices();
  const [saved, setSaved] = useState<Policy | null>(null);
  const [rules, setRules] = useState<readonly DraftRule[]>([]);
  const [neverAsk, setNeverAsk] = useState<Policy['never_ask']>([]);
  const [isSaving, setSaving] = useState(false);
  const [failure, setFailure] = useState<PolicyDraft['failure']>(null);

  const take = useCallback((policy: Policy) => {
    setSaved(policy);
    setRules(policy.rules.map((rule) => ({ ...rule, id: crypto.randomUUID() })));
    setNeverAsk(policy.never_ask);
    setFailure(null);
  }, []);
  const load = useCallback(() => {
    api.getPolicy().then(take, (error: unknown) => setFailure({ of: 'load', problem: toProblem(error) }));
  }, [api, take]);
  useEffect(load, [load]);

  const next = rules.map(toRule);
  const isSame = (one: unknown, other: unknown) => JSON.stringify(one) === JSON.stringify(other);
  const isChanged = saved !== null && !(isSame(next, saved.rules.map(toRule)) && isSame(neverAsk, saved.never_ask));

  const save = async () => {
    if (saved === null) return false;
    setSaving(true);
    try {
      take(await api.putPolicy({ version: saved.version, rules: next, never_ask: neverAsk }));
      return true;
    } catch (error) {
      setFailure({ of: 'save', problem: toProblem(error) });
      return false;
    } finally {
      setSaving(false);
    }
  };
  return { saved, rules, neverAsk, isChanged, isSaving, failure, setRules, setNeverAsk, load, save };
}

/** As the server takes it: without what is empty. */
function toRule(given: PolicyRule): PolicyRule {
  const { effect, rule, roles, reason, four_eyes, expires_in_seconds } = given;
  const asks = effect === 'ask';
  return {
    ...{ effect, rule: rule.trim() },
    ...(roles !== undefined && { roles }),
    ...(reason !== undefined && reason.trim() !== '' && { reason }),
    ...(asks && four_eyes === true && { four_eyes }),
    ...(asks && expires_in_seconds !== undefined && { expires_in_seconds }),
  };
}
