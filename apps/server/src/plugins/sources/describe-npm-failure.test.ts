import { expect, it } from 'vitest';

import { describeNpmFailure } from './describe-npm-failure.ts';

const say = (...lines: string[]) => lines.map((line) => `npm error ${line}\n`).join('');

it.each([
  [
    say(
      ...['code E404', '404 Not Found - GET https://npm.example/lef-pad'],
      "404  The requested resource 'lef-pad@*' could not be found or you do not have permission to access it.",
    ),
    'the registry npm.example has no package called lef-pad, or does not show it',
  ],
  [
    say('code E404', "404  '@team/gone@^1' is not in this registry."),
    'the registry has no package called @team/gone, which lef-pad depends on',
  ],
  [say('code ETARGET', 'notarget No matching version found for lef-pad@99.0.0.'), 'lef-pad has no version 99.0.0 at'],
  [
    say('code ENOTFOUND', 'network request to http://me:very-secret@npm.example/x failed'),
    'npm.example cannot be reached (ENOTFOUND)',
  ],
  [say('code EINTEGRITY', 'sha512-x integrity checksum failed'), '(integrity), so nothing was taken'],
  [say('code E401'), 'refuses this server (E401)'],
  [say('code SELF_SIGNED_CERT_IN_CHAIN'), 'NODE_EXTRA_CA_CERTS'],
])('says what %j means, and what to do', (errors, means) => {
  const said = describeNpmFailure(errors, 'lef-pad');
  expect(said).toContain(means);
  expect(said).not.toContain('very-secret');
});

it('leaves what it does not know to npm', () => {
  expect(describeNpmFailure(say('code EWHATEVER', 'x'), 'lef-pad')).toBeUndefined();
});
