import { expect, it } from 'vitest';

import { createMetrics } from '../telemetry/metrics.ts';
import { createMcpMeter } from './mcp-meter.ts';

it('counts servers of plugins by name up to a bound, and those of agents together', async () => {
  const metrics = createMetrics();
  const useOf = createMcpMeter(metrics);
  useOf({ name: 'my own' }).beginCall('echo')('ok');
  useOf({ plugin: 'p', name: 'docs' }).noteStart('connected');
  for (let count = 0; count < 300; count += 1) useOf({ plugin: `p${count}`, name: 's' }).noteEnd('it ended');
  const lines = (await metrics.render()).split('\n').filter((line) => line.startsWith('csp_mcp_'));
  metrics.close();
  expect(lines).toContain('csp_mcp_call_duration_seconds_count{plugin="none",server="any",outcome="ok"} 1');
  expect(lines).toContain('csp_mcp_server_starts_total{plugin="p",server="docs",outcome="connected"} 1');
  const ends = lines.filter((line) => /^csp_mcp_server_ends_total.* [1-9]/.test(line));
  expect(ends).toHaveLength(200);
  expect(ends).toContain('csp_mcp_server_ends_total{plugin="other",server="other"} 101');
});
