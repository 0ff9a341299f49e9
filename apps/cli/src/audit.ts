import { parseArgs } from 'node:util';

import { loadConfig } from '@claude-sdk-pattern/server/config/load-config';
import { verifyAudit, type VerifiedAudit } from '@claude-sdk-pattern/server/verify-audit';
import type { CliContext } from './cli-context.ts';

const USAGE = `Usage: csp audit verify [--trust KEY]

Reads the audit log from the store, also while the server runs. Exit code 0 when nothing was changed, removed or
inserted; 1 when something was, or the store cannot be read.

  --trust KEY   also accept checkpoints that this public key has signed, such as that of an earlier secrets key
`;

/** `csp audit verify`. Exit code 2: unknown command or option. */
export async function audit(args: readonly string[], { environment, print, printError }: CliContext): Promise<number> {
  const parsed = parse(args);
  if (parsed === undefined) {
    printError(USAGE);
    return 2;
  }
  if (parsed.help) {
    print(USAGE);
    return 0;
  }
  try {
    const report = await verifyAudit(loadConfig(environment), parsed.trust);
    if (report.publicKey === undefined && parsed.trust.length === 0)
      printError('The secrets key is not here, so it was not checked who signed the checkpoints.');
    if (report.fault === undefined) {
      print(describe(report));
      return 0;
    }
    printError(`The audit log is not intact: ${report.fault.message}.`);
    return 1;
  } catch (error) {
    printError(`The audit log could not be read: ${error instanceof Error ? error.message : String(error)}`);
    return 1;
  }
}

function parse(args: readonly string[]): { help: boolean; trust: string[] } | undefined {
  try {
    const options = { trust: { type: 'string', multiple: true }, help: { type: 'boolean', short: 'h' } } as const;
    const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true });
    const { help = false, trust = [] } = values;
    return help || (positionals.length === 1 && positionals[0] === 'verify') ? { help, trust } : undefined;
  } catch {
    return undefined;
  }
}

function describe({ firstSeq, lastSeq, checkpoints, publicKey }: VerifiedAudit): string {
  if (firstSeq === null) return 'The audit log is intact: it has no entries.';
  const signer = publicKey === undefined ? '' : `, key ${publicKey}`;
  return `The audit log is intact: entries ${firstSeq} to ${lastSeq}, ${checkpoints} signed checkpoints${signer}.`;
}
