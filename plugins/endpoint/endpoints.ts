import { defineEndpoint, definePlugin } from '@claude-sdk-pattern/plugin-api';

const hello = defineEndpoint({
  method: 'GET',
  path: '/hello/:name',
  handle: ({ params, actor }) => Response.json({ greeting: `Hello, ${params['name']}`, role: actor.role }),
});

export const plugin = definePlugin({ endpoints: [hello] });
