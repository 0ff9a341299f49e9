import type { ToolItem } from '../../session/items.ts';
import { isRecord, readText } from './tool-values.ts';

/** A command's output by stream. If the streams were not recorded separately, all of it is `stdout`. */
export function readOutput({ structured, output }: ToolItem): { stdout: string; stderr: string; told: boolean } {
  const stdout = readText(structured, 'stdout');
  const stderr = readText(structured, 'stderr');
  const told = isRecord(structured) && (stdout !== '' || stderr !== '');
  return { stdout: told ? stdout : (output ?? ''), stderr, told };
}
