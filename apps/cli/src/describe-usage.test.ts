import type { UsageGroupResource, UsageResource } from '@claude-sdk-pattern/protocol';
import { expect, it } from 'vitest';

import { describeUsage } from './describe-usage.ts';

const toGroup = (group: string | null, of: Partial<UsageGroupResource>): UsageGroupResource => ({
  ...{ group, name: null, requests: 1, unpriced_requests: 0, cost_usd: '0.000000' },
  ...{ input_tokens: 10, output_tokens: 20, cache_read_tokens: 30, cache_write_tokens: 40 },
  ...of,
});
const report = (data: UsageGroupResource[], { group: _, name: __, ...total }: UsageGroupResource): UsageResource => ({
  ...{ data, total, has_more: false, time_zone: 'UTC' },
  ...{ from: '2026-11-01T00:00:00.000Z', to: '2026-12-01T00:00:00.000Z' },
});

it('shows what was used as a table with its total, and never calls without a price free', () => {
  const data = [
    toGroup('opus', { requests: 1200, cost_usd: '1234.567850' }),
    toGroup('evil\u202E', { unpriced_requests: 1 }),
  ];
  const total = toGroup('', { requests: 1201, unpriced_requests: 1, cost_usd: '1234.567850' });
  expect(describeUsage(report(data, total), 'model').split('\n')).toEqual([
    'Model calls from 2026-11-01T00:00:00.000Z to before 2026-12-01T00:00:00.000Z',
    '',
    'MODEL         CALLS  INPUT  CACHE READ  CACHE WRITE  OUTPUT           COST',
    'opus          1,200     10          30           40      20    $1,234.5679',
    'evil<U+202E>      1     10          30           40      20       no price',
    'Total         1,201     10          30           40      20  * $1,234.5679',
    '',
    '* 1 of 1201 calls has no price. It is not free: the cost leaves it out.',
  ]);
});

it('leaves out days without calls, and says the time zone of days', () => {
  const days = [
    toGroup('2026-11-29T00:00:00+00:00', { requests: 0 }),
    toGroup('2026-11-30T00:00:00+00:00', { cost_usd: '0.1' }),
  ];
  const text = describeUsage(report(days, toGroup('', { cost_usd: '0.1' })), 'day');
  expect(text).toMatch(/, in the time zone UTC\n\nDAY .*\n2026-11-30 .*\$0\.1000\nTotal .*\$0\.1000$/);
  expect(describeUsage(report([], toGroup('', { requests: 0 })), 'day')).toMatch(/^No model was called from/);
});
