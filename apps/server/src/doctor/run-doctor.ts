import { toDatabaseUrl } from '../config/database-url.ts';
import { type Config, ConfigError, loadConfig as loadDefaults } from '../config/load-config.ts';
import { checkAddress, checkSingleSignOn } from './check-access.ts';
import { checkCli } from './check-cli.ts';
import { checkDatabase } from './check-database.ts';
import { checkMail } from './check-mail.ts';
import { checkNode } from './check-node.ts';
import { type CheckResult, toOk, toProblem } from './check-result.ts';
import { checkDisk, checkMemory } from './check-resources.ts';
import { checkSandbox } from './check-sandbox.ts';
import { checkUpstreams } from './check-upstream.ts';

export type { CheckResult, CheckStatus } from './check-result.ts';

/**
 * Looks at everything that the server needs, and resolves with one result per thing; it never rejects for what it finds.
 * With a configuration that cannot be read, only what does not depend on it is checked.
 */
export async function runDoctor(loadConfig: () => Config): Promise<CheckResult[]> {
  const { config, result: configuration } = readConfiguration(loadConfig);
  const { dataDir, sharedDir } = config ?? {};
  const [cli, sandbox, database, upstreams, singleSignOn, mail, ...disks] = await Promise.all([
    checkCli(),
    checkSandbox(config ?? loadDefaults({})),
    config && checkDatabase(toDatabaseUrl(config)),
    config ? checkUpstreams(config.upstream) : [],
    config && checkSingleSignOn(config),
    config && checkMail(config),
    dataDir === undefined ? undefined : checkDisk('CLAUDE_SDK_PATTERN_DATA_DIR', dataDir),
    sharedDir === undefined ? undefined : checkDisk('CLAUDE_SDK_PATTERN_SHARED_DIR', sharedDir),
  ]);
  const memory = config && checkMemory(config.maxSessions);
  const address = config && checkAddress(config);
  const access = [address, singleSignOn];
  const all = [
    checkNode(process.version),
    cli,
    configuration,
    database,
    ...upstreams,
    ...access,
    mail,
    ...sandbox,
    memory,
    ...disks,
  ];
  return all.filter((one) => one !== undefined);
}

function readConfiguration(loadConfig: () => Config): { config?: Config; result: CheckResult } {
  try {
    return { config: loadConfig(), result: toOk('Configuration', 'is complete and valid') };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return {
      result: toProblem('Configuration', 'failed', {
        detail: error.message,
        remedy: 'Correct the variables named above and run csp doctor again.',
      }),
    };
  }
}
