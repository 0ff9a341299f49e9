import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

const PROGRAM = join(import.meta.dirname, 'serve-host.ts');

/** Starts a program that runs processes for whoever connects to the socket; resolves when it can be connected to. */
export async function startHostProgram(socketPath: string, nodeId: string): Promise<ChildProcess> {
  const child = spawn(process.execPath, [PROGRAM], { stdio: ['pipe', 'pipe', 'inherit'] });
  // Not by its arguments: only the processes that it runs are to be found by their node.
  child.stdin.write(`${JSON.stringify({ socketPath, nodeId })}\n`);
  await once(child.stdout, 'data');
  return child;
}
