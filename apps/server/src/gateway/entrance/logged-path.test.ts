import { expect, it } from 'vitest';

import { toLoggedPath } from './logged-path.ts';

it.each(['', '//', 'http://agents.example.com', 'HTTPS://agents.example.com:4600'])(
  'has neither the query nor the secret of a webhook, also of a request for a proxy: %j',
  (origin) => {
    const path = origin.startsWith('/') ? '' : '/';
    expect(toLoggedPath(`${origin}${path}hooks/in/depl_1/secret?token=secret`)).toMatch(/^\/+hooks\/in\/depl_1\/…$/);
    expect(toLoggedPath(`${origin}${path}v1/sessions?token=secret`)).toMatch(/^\/+v1\/sessions$/);
  },
);
