import type { UsageGroupResource, UsageResource } from '@claude-sdk-pattern/protocol';
import { useCallback, useEffect, useState } from 'react';

import type { Api, UsageQuery } from '../../api/api.ts';
import { useServices } from '../../services/services.ts';
import { toProblem, type Problem } from '../../session/problem.ts';
import type { ShownRange } from './choose-range.ts';
import type { Figures } from './figures.ts';
import type { Grouping } from './usage-address.ts';

/** As many as the colours can tell apart; others are the rest. */
const MAX_SERIES = 4;

/** What the page asks for. */
export interface UsageWish {
  range: ShownRange;
  by: Grouping;
  /** Only of this user. */
  userId: string | null;
  /** Most groups. */
  limit: number;
}

export interface UsageReport {
  wish: UsageWish;
  time: readonly UsageGroupResource[];
  groups: readonly UsageGroupResource[];
  hasMore: boolean;
  total: Figures;
  before: Figures;
  /** The dearest groups, over the same hours or days as `time`. */
  series: readonly { group: UsageGroupResource; time: readonly UsageGroupResource[] }[];
}

export interface Usage {
  /** Null until the first answer. The report of the choice before stays until the next one is there. */
  report: UsageReport | null;
  problem: Problem | null;
  isLoading: boolean;
  reload: () => void;
}

/** @param key says what is wished for: another one loads anew */
export function useUsage(wish: UsageWish, key: string): Usage {
  const { api } = useServices();
  const [loaded, setLoaded] = useState<{ key: string; report: UsageReport } | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [attempt, setAttempt] = useState(0);
  useEffect(() => {
    const ending = new AbortController();
    loadReport(api, wish, ending.signal).then(
      (report) => {
        setLoaded({ key, report });
        setProblem(null);
      },
      (error: unknown) => {
        if (!ending.signal.aborted) setProblem(toProblem(error));
      },
    );
    return () => ending.abort();
    // The key stands for the wish, which has the time of each render in it.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [api, key, attempt]);
  const reload = useCallback(() => setAttempt((before) => before + 1), []);
  // Who comes back to the page later sees what was used meanwhile.
  useEffect(() => {
    const onVisible = () => document.visibilityState === 'visible' && reload();
    document.addEventListener('visibilitychange', onVisible);
    return () => document.removeEventListener('visibilitychange', onVisible);
  }, [reload]);
  return { report: loaded?.report ?? null, problem, isLoading: loaded?.key !== key && problem === null, reload };
}

async function loadReport(api: Api, wish: UsageWish, signal: AbortSignal): Promise<UsageReport> {
  const { range, by, limit } = wish;
  const get = (query: UsageQuery) => api.getUsage(query, signal);
  const query = toQuery(wish);
  const [time, groups, before] = await Promise.all([
    get({ ...query, group_by: range.unit }),
    get({ ...query, group_by: by, limit }),
    get({ ...query, ...range.before, group_by: by, limit: 1 }),
  ]);
  const series = await loadSeries(groups, time, (group) =>
    get({ ...query, [FILTERS[by]]: group, group_by: range.unit }),
  );
  const { data, total, has_more: hasMore } = groups;
  return { wish, time: time.data, groups: data, hasMore, total, before: before.total, series };
}

/** What every request of the page has in it. */
export function toQuery({ range: { from, to }, userId, by }: Omit<UsageWish, 'limit'>): UsageQuery {
  return { from, to, group_by: by, ...(userId !== null && { user_id: userId }) };
}

const FILTERS = {
  ...{ model: 'model', agent: 'agent_id', session: 'session_id', user: 'user_id' },
  ...{ plugin: 'plugin', upstream: 'upstream' },
} as const;

async function loadSeries(
  { data, has_more: hasMore }: UsageResource,
  time: UsageResource,
  load: (group: string) => Promise<UsageResource>,
): Promise<UsageReport['series']> {
  const [only] = data;
  if (only !== undefined && data.length === 1 && !hasMore) return [{ group: only, time: time.data }];
  // Groups without an id cannot be asked for, and are in the rest.
  const named = data.filter(({ group }) => group !== null).slice(0, MAX_SERIES);
  return Promise.all(named.map(async (group) => ({ group, time: (await load(group.group ?? '')).data })));
}
