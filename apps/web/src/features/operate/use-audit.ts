import type { AuditEntryResource } from '@claude-sdk-pattern/protocol';
import { useCallback, useEffect, useRef, useState } from 'react';

import type { AuditFilters } from '../../api/api.ts';
import { useServices } from '../../services/services.ts';
import { toProblem, type Problem } from '../../session/problem.ts';

export interface Audit {
  /** Newest first; null until the first answer. */
  entries: readonly AuditEntryResource[] | null;
  /** Of people and API keys, by id. */
  names: Readonly<Record<string, string>>;
  problem: Problem | null;
  hasMore: boolean;
  isLoading: boolean;
  /** Loads the next page, or the first one again after a failure. */
  load: () => void;
}

interface Loaded {
  entries: readonly AuditEntryResource[] | null;
  nextPage: string | null;
  names: Readonly<Record<string, string>>;
}

const NOTHING: Loaded = { entries: null, nextPage: null, names: {} };

/** The audit log with these filters, page by page. Other filters begin anew. */
export function useAudit(filters: AuditFilters): Audit {
  const { api } = useServices();
  const [loaded, setLoaded] = useState(NOTHING);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [isLoading, setLoading] = useState(false);
  const key = JSON.stringify(filters);
  /** Answers to earlier filters come too late. */
  const current = useRef(key);

  const fetchPage = useCallback(
    async (wanted: string, page: string | null) => {
      setLoading(true);
      try {
        const { data, next_page, names } = await api.listAudit({ ...(JSON.parse(wanted) as AuditFilters), page });
        if (current.current !== wanted) return;
        setLoaded(({ entries, names: known }) => ({
          entries: page === null ? data : [...(entries ?? []), ...data],
          nextPage: next_page,
          names: { ...known, ...names },
        }));
        setProblem(null);
      } catch (error) {
        if (current.current === wanted) setProblem(toProblem(error));
      } finally {
        if (current.current === wanted) setLoading(false);
      }
    },
    [api],
  );

  useEffect(() => {
    current.current = key;
    setLoaded(NOTHING);
    void fetchPage(key, null);
  }, [key, fetchPage]);
  const { entries, nextPage, names } = loaded;
  return { entries, names, problem, isLoading, hasMore: nextPage !== null, load: () => void fetchPage(key, nextPage) };
}
