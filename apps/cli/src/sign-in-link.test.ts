import { startServer } from '@claude-sdk-pattern/testkit';
import { expect, it } from 'vitest';
import { runCli } from './run-cli.ts';

it('makes a link beside a running server, which signs in once', async () => {
  await using server = await startServer();
  const printed: string[] = [];
  const context = {
    environment: {
      CLAUDE_SDK_PATTERN_DATA_DIR: server.dataDir,
      CLAUDE_SDK_PATTERN_PORT: new URL(server.url).port,
    },
    print: (text: string) => printed.push(text),
    printError: (text: string) => printed.push(text),
  };
  expect(await runCli(['sign-in-link'], context)).toBe(0);
  const [link = ''] = printed;
  expect(link.startsWith(`${server.url}/sign-in#link=`)).toBe(true);

  const redeem = () =>
    fetch(`${server.url}/api/v1/sign-in`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', origin: server.url },
      body: JSON.stringify({ link_token: link.split('#link=')[1] }),
    });
  expect((await redeem()).status).toBe(204);
  expect((await redeem()).status).toBe(401);
});
