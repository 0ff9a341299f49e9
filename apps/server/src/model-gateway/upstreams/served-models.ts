import { z } from 'zod';

/** The beginning of a request of Claude Code (2.1.332): its model is the first field. */
const FIRST_MODEL = /^\{"model":"([^"\\]+)"/;
/** Longer than any name of a model. */
const HEAD_BYTES = 512;

const request = z.object({ model: z.string() });

/** The model that a request asks for; undefined where it names none. */
export function readModel(body: Buffer | undefined): string | undefined {
  if (body === undefined) return undefined;
  const first = FIRST_MODEL.exec(body.toString('utf8', 0, HEAD_BYTES))?.[1];
  if (first !== undefined) return first;
  try {
    return request.parse(JSON.parse(body.toString('utf8'))).model;
  } catch {
    return undefined;
  }
}

/** Whether a model has one of the names, in which `*` stands for any characters; null is every model. */
export function createModelTest(names: readonly string[] | null): (model: string) => boolean {
  if (names === null) return () => true;
  const patterns = names.map((name) => new RegExp(`^${name.split('*').map(escape).join('.*')}$`));
  return (model) => patterns.some((pattern) => pattern.test(model));
}

function escape(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|]/g, String.raw`\$&`);
}
