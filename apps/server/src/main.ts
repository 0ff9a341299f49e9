import packageJson from '../package.json' with { type: 'json' };
import { changeLevelOnSignal } from './change-level-on-signal.ts';
import { isOpenWithoutTls } from './config/is-open-without-tls.ts';
import { ConfigError, loadConfig } from './config/load-config.ts';
import { nameCommand } from './config/name-command.ts';
import { SecretsInUse } from './secrets/secrets-in-use.ts';
import { startPlatform, type Platform } from './platform.ts';
import { stopOnSignals } from './stop-on-signals.ts';
import { isStoreError } from './store/store-error.ts';
import { createLogLevel } from './telemetry/log-level.ts';
import { createLogger } from './telemetry/logger.ts';

async function main(): Promise<void> {
  const config = loadConfig();
  const secretsInUse = new SecretsInUse();
  const logLevel = createLogLevel(config.logLevel);
  const logger = createLogger({ level: logLevel, hide: (line) => secretsInUse.mask(line) });
  process.on('unhandledRejection', (error) =>
    logger.error({ err: error }, 'a promise was rejected and nobody was waiting'),
  );

  const platform = await startPlatform(config, { logger, logLevel, secretsInUse, version: packageJson.version });
  stopOnSignals({
    platform,
    write: (text) => process.stdout.write(text),
    writeError: (text) => process.stderr.write(text),
    exit: (code) => process.exit(code),
  });
  changeLevelOnSignal(logLevel, logger);
  const isOpen = isOpenWithoutTls(config);
  greet(platform, { isDemo: config.upstream.kind === 'demo', isOpen });
  if (isOpen)
    logger.warn({ host: config.host }, 'the server listens on the network without TLS: passwords and keys can be read');
  logger.info({ url: platform.url, demo: config.upstream.kind === 'demo', pid: process.pid }, 'ready');
}

function greet(platform: Platform, { isDemo, isOpen }: { isDemo: boolean; isOpen: boolean }): void {
  const csp = nameCommand();
  const lines = ['', `  claude-sdk-pattern ${packageJson.version} is ready at ${platform.url}`];
  if (platform.signInLink !== undefined)
    lines.push('', '  Sign in with this link. It works once, for 30 minutes:', `  ${platform.signInLink}`);
  else if (platform.needsBootstrapHint)
    lines.push(
      '',
      `  Sign in at ${platform.url}/sign-in with the key that CLAUDE_SDK_PATTERN_BOOTSTRAP_API_KEY holds,`,
      `  or by a link that works once: ${csp} sign-in-link`,
      '  Programs send the key as "Authorization: Bearer KEY".',
    );
  else lines.push('', `  Lost the way in? ${csp} sign-in-link`);
  if (isDemo)
    lines.push('', '  No API key is set, so an offline demo model answers. Set ANTHROPIC_API_KEY for the real one.');
  if (isOpen)
    lines.push(
      '',
      '  It listens on the network without TLS, so passwords and keys can be read on their way.',
      '  Put a proxy with TLS in front (docs/operate/deploy.md) and set CLAUDE_SDK_PATTERN_PUBLIC_URL.',
    );
  lines.push('', '  Ctrl-C stops it.', '');
  process.stdout.write(`${lines.join('\n')}\n`);
}

main().catch((error: unknown) => {
  const known = error instanceof ConfigError || isStoreError(error);
  process.stderr.write(`${known ? error.message : error instanceof Error ? error.stack : String(error)}\n`);
  process.exit(1);
});
