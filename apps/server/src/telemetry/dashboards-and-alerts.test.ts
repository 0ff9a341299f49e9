import { execFile } from 'node:child_process';
import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';

import { listLabels, readExposition } from './fixtures/exposition.ts';
import { findFilledLabels, findGroupedLabels, findMetrics } from './fixtures/metric-references.ts';
import { createMetrics } from './metrics.ts';

const run = promisify(execFile);
const ROOT = join(import.meta.dirname, '../../../..');
const RUNBOOKS = 'docs/operate/runbooks';
const [ALERTS, ALERT_TESTS, DASHBOARDS] = ['alerts.yaml', 'alerts.test.yaml', '../grafana'].map((each) =>
  join(ROOT, 'deploy/prometheus', each),
) as [string, string, string];

const ruleFile = z.object({
  groups: z.array(
    z.object({
      rules: z.array(
        z.strictObject({
          alert: z.string().regex(/^Csp[A-Z]\w+$/),
          expr: z.string(),
          for: z.string().optional(),
          labels: z.strictObject({ severity: z.enum(['critical', 'warning']) }),
          annotations: z.strictObject({ summary: z.string(), description: z.string(), runbook_url: z.string() }),
        }),
      ),
    }),
  ),
});
const panel = z.object({
  id: z.number(),
  type: z.string(),
  title: z.string().min(1),
  gridPos: z.object({ x: z.number(), y: z.number(), w: z.number(), h: z.number() }),
  targets: z.array(z.object({ expr: z.string(), legendFormat: z.string() })).default([]),
  fieldConfig: z.object({ defaults: z.object({ unit: z.string() }) }).optional(),
});
const dashboard = z.object({
  panels: z.array(panel),
  annotations: z.object({ list: z.array(z.object({ expr: z.string(), titleFormat: z.string() })) }),
  templating: z.object({ list: z.array(z.object({ name: z.string(), definition: z.string().optional() })) }),
});

const rules = ruleFile.parse(parse(await readFile(ALERTS, 'utf8'))).groups.flatMap((group) => group.rules);
const dashboards = await Promise.all(
  (await readdir(DASHBOARDS)).map(async (name) => {
    const { panels, annotations, templating } = dashboard.parse(
      JSON.parse(await readFile(join(DASHBOARDS, name), 'utf8')),
    );
    const shown = [
      ...panels.flatMap(({ targets }) => targets.map(({ expr, legendFormat: text }) => ({ expr, text }))),
      ...annotations.list.map(({ expr, titleFormat: text }) => ({ expr, text })),
      ...templating.list.flatMap(({ definition: expr }) => (expr === undefined ? [] : [{ expr, text: '' }])),
    ];
    return { name, panels, shown };
  }),
);

describe('what dashboards and alerts read', () => {
  /** Labels that Prometheus adds to each series. */
  const ADDED = ['job', 'instance', 'alertname', 'alertstate'];
  const used = [
    ...rules.map(({ alert, expr, annotations }) => ({ by: alert, expr, text: Object.values(annotations).join(' ') })),
    ...dashboards.flatMap(({ name, shown }) => shown.map((each) => ({ by: name, ...each }))),
  ];

  it.each(used)('$by: $expr', async ({ expr, text }) => {
    const metrics = createMetrics();
    const declared = new Map(listLabels(metrics));
    const exposed = new Map(readExposition(await metrics.render()).map((each) => [each.name, each]));
    const docs = await readFile(join(ROOT, 'docs/operate/monitoring.md'), 'utf8');
    const known = new Set(ADDED);
    for (const { name, matchers } of findMetrics(expr)) {
      const base = exposed.has(name) ? name : name.replace(/_(bucket|sum|count)$/, '');
      const { type, labels: sampled } = exposed.get(base) ?? {};
      expect(type, `${name} is no metric of the server`).toBeDefined();
      expect(base === name, `${name} of a ${type}`).toBe(type !== 'histogram');
      const labels = new Set([
        ...(declared.get(base) ?? sampled ?? []),
        ...ADDED,
        ...(type === 'histogram' ? ['le'] : []),
      ]);
      for (const label of labels) known.add(label);
      const row = docs.split('\n').find((line) => line.startsWith(`| \`${base}\``)) ?? '';
      for (const { label, value } of matchers) {
        expect([...labels], `${name}{${label}}`).toContain(label);
        const words = value.split('|').filter((each) => /^[a-z][a-z_]*$/.test(each) && !ADDED.includes(label));
        for (const word of words) expect(row, `${name}{${label}="${value}"}`).toMatch(new RegExp(`\\b${word}\\b`));
      }
    }
    for (const label of [...findGroupedLabels(expr), ...findFilledLabels(text)]) expect([...known]).toContain(label);
  });
});

describe('each alert', () => {
  it('has a runbook that names it, and each runbook an alert', async () => {
    const files = (await readdir(join(ROOT, RUNBOOKS))).filter((name) => name !== 'README.md');
    expect(new Set(rules.map(({ annotations }) => annotations.runbook_url))).toEqual(
      new Set(files.map((name) => `${RUNBOOKS}/${name}`)),
    );
    const index = await readFile(join(ROOT, RUNBOOKS, 'README.md'), 'utf8');
    for (const { alert, labels, annotations } of rules) {
      const runbook = await readFile(join(ROOT, annotations.runbook_url), 'utf8');
      expect(runbook).toContain(`Alert \`${alert}\`, ${labels.severity}`);
      expect(index).toContain(`| [${alert}](`);
    }
  });

  it('is tested on its own trouble', async () => {
    const { tests } = z
      .object({ tests: z.array(z.object({ name: z.string() })) })
      .parse(parse(await readFile(ALERT_TESTS, 'utf8')));
    const tested = new Set(tests.map(({ name }) => name));
    for (const { alert } of rules) expect([...tested]).toContain(alert);
  });
});

describe.each(dashboards)('the dashboard $name', ({ panels }) => {
  it('has a place and a unit for each panel', () => {
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
    const taken = new Map<string, string>();
    for (const { title, type, gridPos, fieldConfig } of panels) {
      expect(gridPos.x + gridPos.w, title).toBeLessThanOrEqual(24);
      expect(type === 'row' || fieldConfig !== undefined, title).toBe(true);
      for (let x = gridPos.x; x < gridPos.x + gridPos.w; x += 1) {
        for (let y = gridPos.y; y < gridPos.y + gridPos.h; y += 1) {
          expect(taken.get(`${x} ${y}`), `${title} lies on another panel`).toBeUndefined();
          taken.set(`${x} ${y}`, title);
        }
      }
    }
  });
});

describe('promtool', () => {
  const version = run('promtool', ['--version']).then(
    () => true,
    () => false,
  );
  const NEEDED = 'promtool is not installed (apt-get install prometheus): NO ALERT RULE WAS EVALUATED';

  it('finds each alert firing on its own trouble, and none on a server that is well', async ({ skip }) => {
    if (!(await version)) skip(NEEDED);
    await run('promtool', ['test', 'rules', ALERT_TESTS]);
  });

  it('can read every expression', async ({ skip }) => {
    if (!(await version)) skip(NEEDED);
    await run('promtool', ['check', 'rules', ALERTS]);
    const expressions = dashboards.flatMap(({ shown }) =>
      shown.filter(({ expr }) => !expr.startsWith('label_values(')),
    );
    const groups = expressions.map(({ expr }, index) => ({
      name: `panel ${index}`,
      rules: [{ record: `panel_${index}`, expr: expr.replaceAll('$__rate_interval', '5m') }],
    }));
    const dir = await mkdtemp(join(tmpdir(), 'csp-rules-'));
    try {
      const file = join(dir, 'dashboards.json');
      await writeFile(file, JSON.stringify({ groups }));
      await run('promtool', ['check', 'rules', file]);
    } finally {
      await rm(dir, { recursive: true });
    }
  });
});
