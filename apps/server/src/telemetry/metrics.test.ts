import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { Registry, collectDefaultMetrics } from 'prom-client';
import { describe, expect, it } from 'vitest';

import { listLabels, readExposition } from './fixtures/exposition.ts';
import { createMetrics } from './metrics.ts';

const DOC = join(import.meta.dirname, '../../../../docs/operate/monitoring.md');

/** Those that the platform defines itself. */
async function listOwn() {
  const node = new Registry();
  collectDefaultMetrics({ register: node, prefix: 'csp_' });
  const ofNode = new Set(node.getMetricsAsArray().map(({ name }) => name));
  return readExposition(await createMetrics().render()).filter(({ name }) => !ofNode.has(name));
}

describe('the names of metrics', () => {
  it('follow the conventions of Prometheus', async () => {
    for (const { name, type, help } of await listOwn()) {
      expect(name).toMatch(/^csp_[a-z0-9]+(_[a-z0-9]+)*$/);
      expect(help, name).not.toBe('');
      expect(name.endsWith('_total'), `${name} is a ${type}`).toBe(type === 'counter');
      expect(type !== 'histogram' || name.endsWith('_seconds'), name).toBe(true);
      expect(name).not.toMatch(/_(ms|milliseconds|minutes|kb|mb|percent)(_|$)/);
    }
  });

  it('stand in the docs with their labels, and no others do', async () => {
    const doc = await readFile(DOC, 'utf8');
    const rows = new Map([...doc.matchAll(/^\| `(csp_\w+)` \|([^|]*)\|/gm)].map(([, name, labels]) => [name, labels]));
    const own = await listOwn();
    expect(new Set(rows.keys())).toEqual(new Set(own.map(({ name }) => name)));
    const declared = new Map(listLabels(createMetrics()));
    for (const [name = '', labels = ''] of rows) {
      const documented = [...labels.matchAll(/`(\w+)`/g)].map(([, label]) => label);
      expect({ name, labels: documented }).toEqual({ name, labels: declared.get(name) });
    }
  });
});
