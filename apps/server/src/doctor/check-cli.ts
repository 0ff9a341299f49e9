import { createRequire } from 'node:module';
import { type CheckResult, toOk, toProblem } from './check-result.ts';
import { runProgram } from './run-program.ts';

const NAME = 'Agent CLI';
const REMEDY = 'Install again without leaving out optional dependencies: npm ci --include=optional';

/** Checks that the agent CLI, which the Agent SDK brings for this platform, is there and runs. */
export async function checkCli(path: string | undefined = findCliPath()): Promise<CheckResult> {
  if (path === undefined) {
    const detail = `no binary for ${process.platform}-${process.arch} is installed`;
    return toProblem(NAME, 'failed', { detail, remedy: REMEDY });
  }
  const outcome = await runProgram(path, ['--version']);
  if (outcome.ok) return toOk(NAME, `${outcome.output.split(' ')[0]} at ${path}`);
  return toProblem(NAME, 'failed', { detail: `${path} ${outcome.reason}`, remedy: REMEDY });
}

/** The CLI's path inside the SDK's platform package; without the glibc build, that of the musl build. */
function findCliPath(): string | undefined {
  const { resolve } = createRequire(import.meta.url);
  const platform = `@anthropic-ai/claude-agent-sdk-${process.platform}-${process.arch}`;
  for (const candidate of [`${platform}/claude`, `${platform}-musl/claude`]) {
    try {
      return resolve(candidate);
    } catch {
      // Not installed: try the next.
    }
  }
  return undefined;
}
