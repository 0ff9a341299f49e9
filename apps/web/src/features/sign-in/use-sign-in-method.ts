import type { SignInWays } from '@claude-sdk-pattern/protocol';
import { useEffect, useState } from 'react';
import type { StoreApi } from 'zustand/vanilla';

import type { Api } from '../../api/api.ts';
import type { Preferences } from '../../services/preferences.ts';
import type { SignInMethod } from './sign-in-form.tsx';

export interface MethodChoice {
  /** Of the form; null until it is known which one to begin with. */
  method: SignInMethod | null;
  /** Null until they are known. */
  ways: SignInWays | null;
  /** How this browser signed in last, or null. */
  usual: Preferences['signInMethod'];
  choose: (method: SignInMethod) => void;
  /** Keeps the way for the next time, once it has let somebody in. */
  remember: (way: Preferences['signInMethod']) => void;
}

/**
 * The way to sign in that this browser used last; otherwise email and password, where anybody has a password. Where the
 * server takes no passwords, only API keys are left for the form.
 */
export function useSignInMethod(api: Api, preferences: StoreApi<Preferences>): MethodChoice {
  const [usual] = useState(() => preferences.getState().signInMethod);
  const [method, choose] = useState<SignInMethod | null>(usual === 'key' ? usual : null);
  const [ways, setWays] = useState<SignInWays | null>(null);
  useEffect(() => {
    const begin = (first: SignInMethod) => choose((chosen) => chosen ?? first);
    api.signInWays().then(
      (offered) => {
        setWays(offered);
        if (!offered.password_sign_in) choose('key');
        else begin(offered.password || usual === 'password' ? 'password' : 'key');
      },
      () => begin('password'),
    );
  }, [api, usual]);
  return { method, ways, usual, choose, remember: (way) => preferences.setState({ signInMethod: way }) };
}
