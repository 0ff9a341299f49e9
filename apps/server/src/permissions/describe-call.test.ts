import { expect, it } from 'vitest';

import { describeCall } from './describe-call.ts';

const describe = (name: string, input: Record<string, unknown>) => describeCall(name, input, { isMcp: false });
const run = (command: string) => describe('Bash', { command });

/** Made up, and put together here, so that no scanner takes this file for a leak. */
const token = `ghp_${'aB3dE6gH9'.repeat(4)}`;
const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
const line = Array.from({ length: 64 }, (_, index) => letters[(index * 7 + 3) % letters.length]).join('');
const privateKey = `-----BEGIN PRIVATE KEY-----\nMI${line}\n${line}\n-----END PRIVATE KEY-----`;

it('tells the command, the path, the address or the input, and nothing of the conversation', () => {
  expect(run('git push origin main && touch stamp')).toBe('git push origin main && touch stamp');
  expect(describe('Edit', { file_path: '/w/a.ts', old_string: 'private', new_string: 'words' })).toBe('/w/a.ts');
  expect(describe('WebFetch', { url: 'https://example.com/a?code=private#words', prompt: 'private' })).toBe(
    'https://example.com/a',
  );
  expect(describe('WebFetch', { url: 'private words' })).toBe('[hidden]');
  expect(describeCall('TodoWrite', { id: 7 }, { isMcp: true })).toBe('{"id":7}');
  for (const name of ['TodoWrite', 'Agent', 'AskUserQuestion', 'ExitPlanMode'])
    expect(describe(name, { plan: 'private' })).toBeUndefined();
});

it.each([
  ['of a known shape', `echo ${token}`, token],
  ['of several lines', `cat > k <<EOF\n${privateKey}\nEOF`, privateKey],
  ['in an address', 'git clone https://bob:hunter2@git.example.com/x', 'hunter2'],
  ['that no mask may cover', 'curl https://bob:hun!ter2@git.example.com/x', 'hun!ter2'],
  ['in a variable', 'export DB_PASSWORD=hunter2 && ls', 'hunter2'],
  ['in quotes with blanks', 'PASSPHRASE="hun ter two" ./run', 'hun ter two'],
  ['in an option', 'mysql --password hunter2 -e "select 1"', 'hunter2'],
  ['in a header', `curl -H 'X-Api-Key: hunter2' https://example.com`, 'hunter2'],
  ['of a scheme', `curl -H 'Authorization: Bearer hunter2' https://example.com`, 'hunter2'],
  ['of a user', 'curl -u bob:hunter2 https://example.com', 'hunter2'],
  ['of mixed letters and digits', `deploy ${'aB3dE6gH9jK2'.repeat(2)}`, 'aB3dE6gH9jK2'.repeat(2)],
])('keeps a secret out, wherever the text is cut: %s', (_, command, secret) => {
  for (let blanks = 0; blanks <= 260; blanks += 1) {
    const told = run(' '.repeat(blanks) + command) ?? '';
    expect(told.length).toBeLessThanOrEqual(241);
    for (let start = 0; start + 5 <= secret.length; start += 1)
      expect(told).not.toContain(secret.slice(start, start + 5));
  }
  const told = describeCall('call', { deep: [{ text: command }] }, { isMcp: true }) ?? '';
  expect(told).not.toContain(JSON.stringify(secret).slice(1, -1));
});

it('keeps the values of fields out that sound like a secret, and names that are one', () => {
  expect(describeCall('login', { user: 'bob', password: 'hunter2', n: 1 }, { isMcp: true })).toBe(
    '{"user":"bob","password":"[hidden]","n":1}',
  );
  expect(describeCall('login', { env: { [token]: 1 } }, { isMcp: true })).not.toContain(token);
});

it('tells nothing of what is too long to be searched', () => {
  expect(run(`echo ${'x '.repeat(60_000)}`)).toBeUndefined();
});
