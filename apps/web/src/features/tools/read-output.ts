import type { ToolItem } from '../../session/items.ts';
import { isRecord, readText } from './tool-values.ts';

/** What a command has printed to each of its outputs; all of it is `stdout` where they were not told apart. */
export function readOutput({ structured, output }: ToolItem): { stdout: string; stderr: string; told: boolean } {
  const stdout = readText(structured, 'stdout');
  const stderr = readText(structured, 'stderr');
  const told = isRecord(structured) && (stdout !== '' || stderr !== '');
  return { stdout: told ? stdout : (output ?? ''), stderr, told };
}
