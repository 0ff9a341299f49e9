import { expect, it } from 'vitest';

import { assertHardToGuess } from './hard-to-guess.ts';

const known = ['Ada Lovelace', 'lovelace@analytical.example'];

it.each(['passwordpassword', 'PasswordPassword1', '123456789012', 'qwertyuiopas', 'aaaaaaaaaaaa', 'iloveyou1234'])(
  'refuses %s',
  async (password) => {
    await expect(assertHardToGuess(password, known)).rejects.toMatchObject({ details: { field: 'password' } });
  },
);

it('refuses what is made of the name or the email address of the person, or of the name of the platform', async () => {
  for (const password of ['adalovelace1', 'lovelace@analytical.example', 'claude-sdk-pattern'])
    await expect(assertHardToGuess(password, known), password).rejects.toThrow('easy to guess');
  await assertHardToGuess('adalovelace1', []);
});

it('takes several words, whatever characters they have', async () => {
  for (const password of [
    'correct horse battery',
    'ペンギンは空を飛ばない鳥',
    'x7 %$ 4kk ü? q',
    'a long enough password',
  ])
    await assertHardToGuess(password, known);
});
