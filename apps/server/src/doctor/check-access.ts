import { isOpenWithoutTls } from '../config/is-open-without-tls.ts';
import type { Config } from '../config/load-config.ts';
import { discover } from '../identity/oidc/discovery.ts';
import { type CheckResult, toOk, toProblem } from './check-result.ts';

const SINGLE_SIGN_ON = 'Single sign-on';

/** Checks whether what people send to the server is protected on its way. */
export function checkAddress(config: Pick<Config, 'host' | 'publicUrl'>): CheckResult {
  if (isOpenWithoutTls(config))
    return toProblem('Address', 'warning', {
      detail: `the server listens on ${config.host} without TLS, so passwords and keys can be read on their way`,
      remedy:
        'Put a proxy with TLS in front and set CLAUDE_SDK_PATTERN_PUBLIC_URL to its https address: docs/operate/deploy.md.',
    });
  return toOk('Address', config.publicUrl ?? `only this machine reaches the server, at ${config.host}`);
}

/** Reads what the OpenID provider says about itself, as the first sign-in does. Undefined without a provider. */
export async function checkSingleSignOn(
  config: Pick<Config, 'oidcIssuer' | 'publicUrl'>,
): Promise<CheckResult | undefined> {
  if (config.oidcIssuer === undefined) return undefined;
  try {
    await discover(config.oidcIssuer);
  } catch (error) {
    return toProblem(SINGLE_SIGN_ON, 'failed', {
      detail: error instanceof Error ? error.message : String(error),
      remedy: 'Check CLAUDE_SDK_PATTERN_OIDC_ISSUER, and whether this machine reaches the provider.',
    });
  }
  if (config.publicUrl === undefined)
    return toProblem(SINGLE_SIGN_ON, 'warning', {
      detail: `${config.oidcIssuer} answers; it sends people back to whatever address they came from`,
      remedy: 'Set CLAUDE_SDK_PATTERN_PUBLIC_URL to the address that the provider knows.',
    });
  return toOk(SINGLE_SIGN_ON, `${config.oidcIssuer} answers`);
}
