import { findSeries, type Report } from './report.ts';

interface Bar {
  label: string;
  id: string;
  isOurs: boolean;
}

interface Panel {
  title: string;
  bars: readonly Bar[];
}

const PANELS: readonly Panel[] = [
  {
    title: 'First turn: time to first text',
    bars: [
      { id: 'first-turn.bare.first-text', label: 'bare SDK, cold', isOurs: false },
      { id: 'first-turn.platform-with-create.first-text', label: 'platform, with create', isOurs: true },
      { id: 'first-turn.platform-ready.first-text', label: 'platform, process ready', isOurs: true },
    ],
  },
  {
    title: 'Later turn: time to first text',
    bars: [
      { id: 'later-turn.bare.first-text', label: 'bare SDK', isOurs: false },
      { id: 'later-turn.platform.first-text', label: 'platform', isOurs: true },
    ],
  },
  {
    title: 'Later turn: completed',
    bars: [
      { id: 'later-turn.bare.completed', label: 'bare SDK', isOurs: false },
      { id: 'later-turn.platform.completed', label: 'platform', isOurs: true },
    ],
  },
  {
    title: 'One model call: first byte',
    bars: [
      { id: 'gateway.direct.first-byte', label: 'direct', isOurs: false },
      { id: 'gateway.through.first-byte', label: 'through the gateway', isOurs: true },
    ],
  },
  {
    title: 'First turn by path: time to first text',
    bars: [
      { id: 'starts.bare-cold.first-text', label: 'bare SDK, cold', isOurs: false },
      { id: 'starts.bare-startup.first-text', label: 'bare SDK after startup()', isOurs: false },
      { id: 'starts.cold.first-text', label: 'platform, cold', isOurs: true },
      { id: 'starts.warm.first-text', label: 'platform, warm spare', isOurs: true },
      { id: 'starts.resumed.first-text', label: 'platform, resumed', isOurs: true },
    ],
  },
  {
    title: 'Ten sessions at once: time to first text',
    bars: [
      { id: 'ten-at-once.bare.first-text', label: 'bare SDK, cold', isOurs: false },
      { id: 'ten-at-once.defaults.first-text', label: 'platform, defaults', isOurs: true },
      { id: 'ten-at-once.pool-10.first-text', label: 'platform, 10 spares', isOurs: true },
    ],
  },
  {
    title: 'Server memory (PSS)',
    bars: [
      { id: 'memory.idle-0.pss', label: 'no idle session', isOurs: true },
      { id: 'memory.idle-10.pss', label: '10 idle sessions', isOurs: true },
      { id: 'memory.idle-100.pss', label: '100 idle sessions', isOurs: true },
    ],
  },
];

const WIDTH = 760;
const LEFT = 190;
const RIGHT = 130;
const BAR = 18;
const ROW = 26;
const TITLE = 34;

/** Colours that are readable on white and on black. The text follows the reader's colour scheme. */
const STYLE = [
  'text{font:13px system-ui,sans-serif;fill:#1f2328}.title{font-weight:600}.value{font-variant-numeric:tabular-nums}',
  '.baseline{fill:#8b949e}.ours{fill:#c2683f}.spread{stroke:#1f2328;stroke-width:1.5;fill:none}',
  '@media(prefers-color-scheme:dark){text{fill:#e6edf3}.spread{stroke:#e6edf3}}',
].join('');

/** Bars for the medians, whiskers from the first to the third quartile. A panel without its series is left out. */
export function toSvg(report: Report): string {
  const parts: string[] = [];
  let y = 8;
  for (const panel of PANELS) {
    const drawn = drawPanel(panel, report, y);
    if (drawn === undefined) continue;
    parts.push(...drawn.parts);
    y += drawn.height;
  }
  const note = 'Bars are medians, whiskers reach from the first to the third quartile.';
  parts.push(text(note, { x: 12, y: y + 18 }));
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${y + 32}" width="${WIDTH}" role="img" aria-label="Benchmark: medians and quartiles">`,
    `<style>${STYLE}</style>`,
    ...parts,
    '</svg>',
    '',
  ].join('\n');
}

function drawPanel({ title, bars }: Panel, report: Report, top: number) {
  const rows = bars.flatMap((bar) => {
    const series = findSeries(report, bar.id);
    return series === undefined ? [] : [{ ...bar, summary: series.summary, unit: series.unit }];
  });
  if (rows.length === 0) return undefined;
  const longest = Math.max(...rows.map(({ summary }) => Math.max(summary.median, summary.q3)));
  const toX = (value: number) => LEFT + (value / longest) * (WIDTH - LEFT - RIGHT);
  const parts = [text(title, { x: 12, y: top + 22, className: 'title' })];
  for (const [index, { label, isOurs, summary, unit }] of rows.entries()) {
    const y = top + TITLE + index * ROW;
    const middle = y + BAR / 2;
    const width = (toX(summary.median) - LEFT).toFixed(1);
    const [low, high] = [toX(summary.q1).toFixed(1), toX(summary.q3).toFixed(1)];
    const value = `${summary.median.toFixed(summary.median < 10 ? 2 : 1)} ${unit}`;
    parts.push(
      text(label, { x: LEFT - 8, y: middle + 4, anchor: 'end' }),
      `<rect class="${isOurs ? 'ours' : 'baseline'}" x="${LEFT}" y="${y}" width="${width}" height="${BAR}" rx="2"/>`,
      `<path class="spread" d="M${low} ${middle}H${high}M${low} ${middle - 4}v8M${high} ${middle - 4}v8"/>`,
      text(value, { x: Math.max(toX(summary.median), toX(summary.q3)) + 8, y: middle + 4, className: 'value' }),
    );
  }
  return { parts, height: TITLE + rows.length * ROW + 6 };
}

function text(content: string, at: { x: number; y: number; className?: string; anchor?: 'end' }): string {
  const className = at.className === undefined ? '' : ` class="${at.className}"`;
  const anchor = at.anchor === undefined ? '' : ` text-anchor="${at.anchor}"`;
  return `<text x="${at.x.toFixed(1)}" y="${at.y}"${className}${anchor}>${content}</text>`;
}
