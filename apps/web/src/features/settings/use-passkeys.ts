import type { AccountConfirmation, PasskeyResource } from '@claude-sdk-pattern/protocol';
import { useCallback, useEffect, useState } from 'react';

import { findPasskeySite, readPage, type PasskeySite } from '../../services/passkey-site.ts';
import { useServices } from '../../services/services.ts';
import { toProblem, type Problem } from '../../session/problem.ts';

export interface PasskeysView {
  /** Null until they are loaded. */
  loaded: { list: readonly PasskeyResource[]; site: PasskeySite; confirmWith: AccountConfirmation } | null;
  problem: Problem | null;
  setProblem: (problem: Problem) => void;
  load: () => void;
}

/** The person's passkeys, whether this page may use them, and what adding one needs. */
export function usePasskeys(): PasskeysView {
  const { api } = useServices();
  const [loaded, setLoaded] = useState<PasskeysView['loaded']>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const load = useCallback(() => {
    Promise.all([api.listPasskeys(), api.signInWays(), api.getAccount()]).then(
      ([{ data }, ways, account]) => {
        setLoaded({ list: data, site: findPasskeySite(ways, readPage()), confirmWith: account.confirm_with });
        setProblem(null);
      },
      (error: unknown) => setProblem(toProblem(error)),
    );
  }, [api]);
  useEffect(load, [load]);
  return { loaded, problem, setProblem, load };
}
