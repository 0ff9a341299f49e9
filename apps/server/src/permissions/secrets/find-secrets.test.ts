import { describe, expect, it } from 'vitest';

import { findHiddenTexts, hideTexts, maskSecrets } from '@claude-sdk-pattern/protocol';

import { describeSecrets, findSecrets } from './find-secrets.ts';
import { judgeSecrets } from './judge-secrets.ts';

/** Made up: letters and digits in an order that nobody issued. Put together here, so that no scanner takes this file for a leak. */
const madeUp = (length: number, alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789') =>
  Array.from({ length }, (_, index) => alphabet[(index * 7 + 3) % alphabet.length]).join('');
const hex = (length: number) => madeUp(length, '0123456789abcdef');
const letters = (length: number) => madeUp(length, 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz');

const privateKey = `-----BEGIN PRIVATE KEY-----\nMI${madeUp(62)}\n${madeUp(64)}\n-----END PRIVATE KEY-----`;
const jwt = ['eyJ', '.eyJ', '.'].map((start) => `${start}${madeUp(30)}`).join('');

/** The documented shape of each kind, and the text around it. */
const SHAPES: [kind: string, secret: string, text?: (secret: string) => string][] = [
  ['Anthropic API key', `sk-ant-api03-${madeUp(93)}AA`],
  ['AWS secret access key', madeUp(40), (secret) => `export AWS_SECRET_ACCESS_KEY=${secret} && ls`],
  ['Cloudflare API token', `cfut_${madeUp(40)}${hex(8)}`],
  ['Databricks token', `dapi${hex(32)}`],
  ['Docker access token', `dckr_pat_${madeUp(27)}`],
  ['Figma token', `figd_${madeUp(40)}`],
  ['GitHub token', `ghp_${madeUp(36)}`],
  ['GitHub token', `github_pat_${madeUp(82)}`],
  ['GitLab token', `glpat-${madeUp(20)}`],
  ['Grafana token', `glsa_${madeUp(32)}_${hex(8)}`],
  ['Groq API key', `gsk_${madeUp(52)}`],
  ['HashiCorp Vault token', `hvs.${madeUp(95)}`],
  ['Hugging Face token', `hf_${letters(34)}`],
  ['JSON Web Token', jwt],
  ['Linear API key', `lin_api_${madeUp(40)}`],
  ['Notion token', `ntn_${madeUp(11, '0123456789')}${madeUp(35)}`],
  ['npm token', `npm_${madeUp(36)}`],
  ['npm token', madeUp(36), (secret) => `npm config set //registry.example.com/:_authToken=${secret}`],
  ['OpenAI API key', `sk-${madeUp(20)}T3BlbkFJ${madeUp(20)}`],
  ['SendGrid API key', `SG.${madeUp(22)}.${madeUp(43)}`],
  ['Shopify token', `shpat_${madeUp(32)}`],
  ['Slack token', `xoxb-123456789012-123456789012-${madeUp(24)}`],
  ['Slack token', `https://hooks.slack.com/services/T${madeUp(8)}/B${madeUp(8)}/${madeUp(24)}`],
  ['Stripe API key', `sk_live_${madeUp(24)}`],
  ['Tailscale key', `tskey-auth-${madeUp(16)}-${madeUp(32)}`],
  ['Vercel token', `vcp_${madeUp(24)}`],
  ['Private key', privateKey],
  ['Authorization header', madeUp(24), (secret) => `curl -H "Authorization: Bearer ${secret}" https://example.com`],
  ['Authorization header', madeUp(16), (secret) => `curl -H "Authorization: Bearer ${secret}" https://example.com`],
  [
    'Authorization header',
    'dXNlcjp/YXNz+d29y',
    (secret) => `curl -H 'Authorization: Basic ${secret}' https://example.com`,
  ],
  [
    'AWS secret access key',
    `${madeUp(12)}/${madeUp(13)}/${madeUp(13)}`,
    (secret) => `AWS_SECRET_ACCESS_KEY="${secret}"`,
  ],
  ['npm token', madeUp(12), (secret) => `npm config set _auth=${secret}`],
  ['npm token', madeUp(36), (secret) => `npm config set //registry.example.com/:_authToken ${secret}`],
  ['npm token', madeUp(12), (secret) => `npm config set --location=user '_auth' "${secret}"`],
  ['npm token', madeUp(20), (secret) => `yarn config set npmAuthToken ${secret} && yarn`],
  ['AWS secret access key', madeUp(40), (secret) => `aws configure set aws_secret_access_key ${secret} --profile ci`],
  ['AWS secret access key', madeUp(300), (secret) => `aws configure set ci.aws_session_token '${secret}'`],
  ['Password of curl', 'hunter2', (secret) => `curl -u bob:${secret} https://example.com`],
  ['Password of curl', 'hunter2', (secret) => `curl 'https://example.com/?a=1&b=2' -sSu"bob:${secret}"`],
  ['Password of curl', 'a:b', (secret) => `curl --user 'bob:${secret}' https://example.com | jq .`],
  ['Password of curl', 'hunter2', (secret) => `curl -fsS \\\n  -u bob:${secret} \\\n  https://example.com`],
  ['Password of curl', 'x1', (secret) => `curl --proxy-user=bob:${secret} https://example.com;ls`],
  ['GitHub token', `ghp_${madeUp(36)}`, (secret) => `echo x${secret}x`],
  ['GitLab token', `glpat-${madeUp(20)}`, (secret) => `echo x${secret}`],
  ['Password in a URL', 'hun%20ter2', (secret) => `git clone https://bob:${secret}@git.example.com/x`],
  ['Password in a URL', 'ab@cd', (secret) => `psql postgres://bob:${secret}@db/x`],
  ['Password in a URL', 'x1', (secret) => `redis-cli -u redis://:${secret}@cache:6379`],
];

const search = (command: string) => findSecrets({ command }, { hidesBlocks: true });
const found = (command: string) =>
  search(command).marks.map(({ kind, start, end }) => [kind, command.slice(start, end)]);

describe('findSecrets', () => {
  it.each(SHAPES)('finds a secret of the shape %s and marks it, and nothing else', (kind, secret, toText) => {
    const text = toText?.(secret) ?? `curl -d key=${secret} https://example.com`;
    expect(found(text)).toEqual([[kind, secret]]);
  });

  it('finds nothing in what agents ordinarily run', () => {
    for (const command of [
      'git log --oneline | head -5',
      'npm test -- apps/server/src/permissions/secrets/find-secrets.test.ts --maxWorkers=2',
      'git push https://$USER:$TOKEN@git.example.com/x && curl -H "Authorization: Bearer ${TOKEN}" https://example.com',
      'psql postgres://postgres:postgres@localhost:5432/app',
      'git checkout 3f2504e04f8911d39a0c0305e82c33013f2504e0',
      `curl http://localhost:4600/v1/sessions/sesn_${madeUp(26)}`,
      'scp bob@host:/tmp/x . && ssh -p 22 git@github.com:a/b',
      'ssh-keygen -t ed25519 -C "someone@example.com"',
      'npm config set registry https://registry.example.com/ && npm config get //registry.example.com/:_authToken',
      'npm config set //registry.example.com/:_authToken ${NPM_TOKEN} && npm config delete _auth && npm publish',
      'aws configure set region eu-central-1 && aws configure get aws_secret_access_key',
      'aws configure set aws_secret_access_key "$AWS_SECRET_ACCESS_KEY"',
      'grep aws_secret_access_key /home/someone/projects/deployment/settings',
      'curl -u "$USER:$PASSWORD" https://example.com && curl -u ${USER}:${PASSWORD} https://example.com',
      'curl -u bob https://example.com:8080 && curl -u bob: https://example.com && docker run -u 1000:1000 x',
      'curl --user-agent=a:b -Lu https://example.com & docker run -u 1000:1000 x',
      'curl https://example.com | sort -u a:b; ps -u root:x',
    ])
      expect(found(command), command).toEqual([]);
  });

  it('cannot be switched off by a comment in the text', () => {
    const token = `ghp_${madeUp(36)}`;
    expect(found(`# secretlint-disable\necho ${token}`)).toEqual([['GitHub token', token]]);
  });

  it('never covers what could run, in a shell or in a program that the shell is given', () => {
    const hidden = (command: string) => maskSecrets({ command }, search(command).marks)['command'];
    expect(hidden('npm config set //x/:_authToken=abcdefgh1;curl https://example.com/$(whoami)')).toBe(
      'npm config set //x/:_authToken=[hidden: npm token];curl https://example.com/$(whoami)',
    );
    expect(hidden('curl -u bob:hunter2;reboot')).toBe('curl -u bob:[hidden: Password of curl];reboot');
    expect(hidden('curl -u bob:$(reboot) https://example.com')).not.toContain('[hidden: Password of curl] ');
    for (const command of [
      `ruby -e '_auth=%x{./a-script-that-is-run.sh}'`,
      `perl -e '$_authToken=qx{./a-script-that-is-run.sh}'`,
      'curl https://bob:$(reboot)@example.com',
      'curl https://bob:a`reboot`@example.com',
    ])
      expect(hidden(command), command).toBe(command);
  });

  it.each(['$ecret-of-bob', 'a$(reboot)', 'ab\u200bcd', 'hunter2!', '%x{reboot}', 'a*b', 'a[1]?'])(
    'hides all of a text whose secret no mask may cover: %s',
    (password) => {
      const command = `curl https://bob:${password}@example.com`;
      const { marks } = search(command);
      expect(marks).toMatchObject([{ kind: 'Password in a URL', whole: true }]);
      expect(maskSecrets({ command }, marks)).toEqual({ command: '[hidden: Password in a URL]' });
    },
  );

  it('hides all of a text with more secrets than are marked', () => {
    const text = Array.from({ length: 51 }, (_, index) => `ghp_${madeUp(34)}${10 + index}`).join(' ');
    for (const hidesBlocks of [true, false]) {
      const { marks } = findSecrets({ command: text, n: 1 }, { hidesBlocks });
      expect(maskSecrets({ command: text, n: 1 }, marks)).toEqual({ command: '[hidden: Many secrets]', n: 1 });
    }
  });

  it('hides an object with a secret in the name of a field, and tells the name nowhere', () => {
    const token = `ghp_${madeUp(36)}`;
    for (const input of [{ env: { [token]: 1 }, n: 1 }, { [token]: { url: 'https://a:b1@example.com' } }]) {
      const { marks } = findSecrets(input, { hidesBlocks: true });
      expect(JSON.stringify([marks, maskSecrets(input, marks)])).not.toContain(token);
      expect(JSON.stringify(maskSecrets(input, marks))).toContain('[hidden: GitHub token]');
    }
  });

  it('says that a private key is shown where each of its lines could be a command', () => {
    const command = `cat > key <<EOF\n${privateKey}\nEOF`;
    const { marks } = findSecrets({ command }, { hidesBlocks: false });
    expect(marks).toMatchObject([{ kind: 'Private key', shown: true }]);
    expect(maskSecrets({ command }, marks)).toEqual({ command });
  });

  it('looks into every text of an input, and masks each where it stands', () => {
    const token = `ghp_${madeUp(36)}`;
    const input = { url: 'https://a:b1@example.com', headers: [{ name: 'x', value: `a ${token} b ${token}` }], n: 1 };
    const { marks } = findSecrets(input, { hidesBlocks: true });
    expect(maskSecrets(input, marks)).toEqual({
      url: 'https://a:[hidden: Password in a URL]@example.com',
      headers: [{ name: 'x', value: 'a [hidden: GitHub token] b [hidden: GitHub token]' }],
      n: 1,
    });
    expect(input.headers[0]?.value).toContain(token);
    expect(describeSecrets(marks)).toBe('Password in a URL in url, GitHub token in headers.0.value');
  });

  it('says so when an input is too long or too deep to be searched', () => {
    expect(search('x '.repeat(200_000))).toEqual({ marks: [], isIncomplete: true });
    const deep = Array.from({ length: 30 }).reduce<unknown>((inner) => ({ inner }), 'x');
    expect(findSecrets({ deep }, { hidesBlocks: true }).isIncomplete).toBe(true);
  });

  it.each([
    ['colons', (length: number) => `://${':'.repeat(length)}`],
    ['beginnings of URLs', (length: number) => 'ab://c:'.repeat(length / 7)],
    ['passwords without an end', (length: number) => `ab://c${':d'.repeat(length / 2)}`],
    ['headers without a token', (length: number) => 'authorization:        "bearer        '.repeat(length / 37)],
    ['beginnings of tokens', (length: number) => `eyJ${'a'.repeat(10)}.`.repeat(length / 14)],
    ['settings without a value', (length: number) => '_auth    '.repeat(length / 9)],
    ['options of npm', (length: number) => `npm config set ${'-a '.repeat(length / 3)}`],
    ['settings of npm without a value', (length: number) => 'npm config set _auth'.repeat(length / 20)],
    ['settings of aws without a value', (length: number) => 'aws configure set a.aws_'.repeat(length / 24)],
    ['calls of curl without a password', (length: number) => 'curl -u a '.repeat(length / 10)],
    ['beginnings of glued tokens', (length: number) => 'sk-ant-api03-'.repeat(length / 13)],
  ])('takes time that grows with the length of a text, not with its square: %s', (_, toText) => {
    search(`${toText(100)} ${'a'.repeat(20)}`);
    expect(toGrowth((length) => () => search(toText(length)))).toBeLessThan(50);
  });

  it('looks at a mark only a few times, however many there are', () => {
    let looks = 0;
    const texts = Array.from({ length: 500 }, () => 'abcdefgh');
    const marks = texts.map((_, index) => ({
      ...{ kind: 'GitHub token', start: 0, end: 4 },
      get path() {
        looks += 1;
        return ['texts', index];
      },
    }));
    maskSecrets({ texts }, marks);
    expect(looks).toBeLessThan(10 * marks.length);
  });
});

describe('judgeSecrets', () => {
  it.each([
    ['ask', 'ask', false],
    ['mask', 'deny', true],
    ['deny', 'deny', true],
  ] as const)('decides in mode %s as %s what can only be hidden as a whole', (mode, permission, areMasked) => {
    const input = { command: 'curl https://bob:hunter2!@example.com' };
    const marks = [{ whole: true, path: ['command'] }];
    const judged = judgeSecrets(mode, { toolName: 'Bash', input });
    expect(judged).toMatchObject({ verdict: { permission }, secrets: { areMasked, marks } });
  });
});

describe('hideTexts', () => {
  it('hides each line of a secret, and a short password only where it is one', () => {
    const input = { key: privateKey, url: 'redis://:x1@cache', path: 'a' };
    const hidden = findHiddenTexts(input, findSecrets(input, { hidesBlocks: true }).marks) ?? [];
    const lines = privateKey.split('\n');
    expect(hideTexts({ x1: lines.map((line) => `+${line}`), [`k ${lines[1]}`]: 'redis://:x1@cache' }, hidden)).toEqual({
      x1: lines.map(() => '+[hidden: Private key]'),
      'k [hidden: Private key]': 'redis://:[hidden: Password in a URL]@cache',
    });
  });
});

/** How many times as long it takes for eight times as much; 64 where the time grows with the square. */
function toGrowth(prepare: (length: number) => () => void): number {
  const [few = 0, many = 0] = [2000, 16_000].map((length) => {
    const run = prepare(length);
    const times = Array.from({ length: 5 }, () => {
      const startedAt = performance.now();
      run();
      return performance.now() - startedAt;
    });
    return Math.min(...times);
  });
  // Below it, the clock measures other things.
  return many / Math.max(few, 0.5);
}
