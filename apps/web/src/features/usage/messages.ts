import { formatCost, formatCount } from '../../ui/format.ts';
import { measure, type Figures, type Measure } from './figures.ts';

/** The English texts of the usage page, which load with it. A language is added as in `messages/en.ts`. */
export const t = {
  budgets: {
    own: 'Your budgets',
    periods: { day: 'today', month: 'this month', total: 'in all' },
    spent: (spent: string, limit: string, period: string) => `${spent} of ${limit} ${period}`,
    states: { ok: '', warned: 'nearly spent', reached: 'spent: turns wait' },
    ends: (moment: string) => `until ${moment}`,
    fallback: (model: string, share: string) => `From ${share} on, work goes on with ${model}`,
    unpriced: (calls: number) =>
      `${calls} ${calls === 1 ? 'call has' : 'calls have'} no price and ${calls === 1 ? 'is' : 'are'} not counted`,
  },
  title: 'Usage',
  range: 'Time',
  ranges: { today: 'Today', '7d': '7 days', '30d': '30 days', month: 'This month', own: 'Choose days' },
  from: 'From',
  to: 'To',
  apply: 'Show',
  wrongDays: (most: number) => `Choose at most ${most} days, up to today, the first one first.`,
  scope: 'Whose',
  scopes: { mine: 'Mine', all: 'Everybody' },
  by: 'By',
  groupings: {
    model: 'Model',
    agent: 'Agent',
    session: 'Session',
    plugin: 'Plugin',
    upstream: 'Upstream',
    user: 'Person',
  },
  measure: 'Chart of',
  measures: { cost: 'Cost', tokens: 'Tokens' },
  download: 'Download',
  downloadTime: { hour: 'By hour (CSV)', day: 'By day (CSV)' },
  downloadGroups: {
    model: 'By model (CSV)',
    agent: 'By agent (CSV)',
    session: 'By session (CSV)',
    plugin: 'By plugin (CSV)',
    upstream: 'By upstream (CSV)',
    user: 'By person (CSV)',
  },
  downloadDifferences: 'Where Claude Code differs (CSV)',
  loading: 'The usage is being loaded',
  failed: 'The usage could not be loaded.',
  demo: 'The demo model costs nothing. These are the prices that Claude would have.',
  cost: 'Cost',
  tokens: 'Tokens',
  calls: (count: number) => (count === 1 ? '1 call' : `${count.toLocaleString('en')} calls`),
  callsName: 'Calls',
  kinds: {
    input_tokens: 'Input',
    cache_read_tokens: 'From cache',
    cache_write_tokens: 'Into cache',
    output_tokens: 'Output',
  },
  cache: 'Cache',
  cacheShare: (percent: string) =>
    `${percent} of what the models read came from the cache, at a fraction of the price.`,
  noCache: 'Nothing was read.',
  before: {
    today: 'yesterday up to this time',
    '7d': 'the 7 days before',
    '30d': 'the 30 days before',
    month: 'the month before, up to this day',
    own: 'the same time before',
  },
  same: (before: string, was: string) => `As much as ${before}: ${was}`,
  more: (percent: string, before: string, was: string) => `${percent} more than ${before}: ${was}`,
  less: (percent: string, before: string, was: string) => `${percent} less than ${before}: ${was}`,
  nothingBefore: (before: string) => `Nothing in ${before}`,
  unpriced: (count: number, all: number) =>
    `${count.toLocaleString('en')} of ${all.toLocaleString('en')} calls ${count === 1 ? 'has' : 'have'} no price. ` +
    `${count === 1 ? 'It is' : 'They are'} not free: the cost above leaves ${count === 1 ? 'it' : 'them'} out.`,
  noPrice: 'No price',
  unpricedHelp: 'Give their models a price with CLAUDE_SDK_PATTERN_PRICES_FILE.',
  unpricedOf: (count: number) => `${count.toLocaleString('en')} without a price`,
  chart: (name: string, unit: string) => `${name} by ${unit}. The arrow keys read one after the other.`,
  units: { hour: 'hour', day: 'day', week: 'week' },
  axes: { hour: 'Hours', day: 'Days', week: 'Weeks' },
  zone: (unit: string, zone: string) => `${unit} in the time zone ${zone}`,
  present: { hour: 'Now', day: 'Today', week: 'This week' },
  weekOf: (day: string) => `Week of ${day}`,
  inAll: 'In all',
  rest: 'Others',
  ofTotal: (amount: string, calls: string) => `${amount} · ${calls}`,
  legend: 'Legend',
  chartTitle: 'Over time',
  groupsTitle: 'By what',
  asTable: 'Show as a table',
  tableTitle: 'Table over time',
  time: { hour: 'Hour', day: 'Day', week: 'Week' },
  share: 'Share',
  nobody: {
    ...{ model: 'Unknown model', agent: 'No agent', session: 'No session', user: 'Nobody' },
    ...{ plugin: 'No plugin', upstream: 'Unknown upstream' },
  },
  untitled: 'Untitled or removed session',
  otherSession: (id: string) => `Session ${id}`,
  removed: { agent: 'Removed agent', user: 'Removed person' },
  showMore: 'Show more',
  tooMany: 'The rest is in the download.',
  emptyTitle: 'No calls in this time',
  empty: 'Every call of a model appears here, with what it cost.',
  emptyAction: 'Start a session',
  only: (name: string) => `Only ${name}`,
  notOnly: (name: string) => `Show not only ${name}`,
  someone: 'this person',
} as const;

/** Micro-dollars or tokens, for people. */
export function formatMeasure(value: number, by: Measure): string {
  return by === 'cost' ? formatCost(value / 1_000_000) : formatCount(value);
}

/** The same of a whole; what has no price at all is not shown as nothing. */
export function formatFigures(figures: Figures, by: Measure): string {
  const isUnpriced = figures.requests > 0 && figures.unpriced_requests === figures.requests;
  return by === 'cost' && isUnpriced ? t.noPrice : formatMeasure(measure(figures, by), by);
}

/** `12 %`, and `under 1 %`; `share` is 0 to 1 or more. */
export function formatPercent(share: number): string {
  if (share > 0 && share < 0.01) return 'under 1 %';
  return `${Math.round(share * 100).toLocaleString('en')} %`;
}

/** At an axis: `$0.5`, `$1,200`, `2.5M`. */
export function formatTick(value: number, by: Measure): string {
  if (by === 'tokens') return formatCount(value);
  return `$${(value / 1_000_000).toLocaleString('en', { maximumSignificantDigits: 3 })}`;
}
