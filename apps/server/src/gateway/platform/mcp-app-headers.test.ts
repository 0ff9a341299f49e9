import { expect, it } from 'vitest';

import { toAppHeaders } from './mcp-app-headers.ts';

const origins = { connectOrigins: ['https://api.example.com'], resourceOrigins: ['https://cdn.example.com'] };

it('lets an app reach what its server declares only where the setting says so, and never this server', () => {
  const declared = toAppHeaders(origins, 'declared')['content-security-policy'] ?? '';
  expect(declared).toContain('connect-src https://api.example.com;');
  expect(declared).toContain("script-src 'unsafe-inline' https://cdn.example.com;");
  const isolated = toAppHeaders(origins, 'isolated')['content-security-policy'] ?? '';
  expect(isolated).toContain("connect-src 'none';");
  for (const policy of [declared, isolated]) {
    expect(policy).toMatch(/; sandbox allow-scripts$/);
    // Only the page of the web app may show it.
    expect(policy.replace("frame-ancestors 'self'", '')).not.toContain("'self'");
  }
  expect(isolated).not.toContain('example.com');
});
