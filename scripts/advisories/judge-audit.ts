import { z } from 'zod';

/** Of `npm audit --json` (npm 9 to 11); an answer of its own when the registry fails. */
const report = z.object({
  vulnerabilities: z.record(
    z.string(),
    z.object({ severity: z.string(), range: z.string(), via: z.array(z.unknown()) }),
  ),
  metadata: z.object({ vulnerabilities: z.object({ total: z.number() }) }),
});
const failure = z.object({ message: z.string() });
const advisory = z.object({ title: z.string(), url: z.string() });

export interface AuditJudgement {
  fails: boolean;
  /** For people. Begins with `SKIPPED: ` where nothing was found out. */
  text: string;
}

/**
 * What `npm audit` found. Pure.
 * @param output its standard output; undefined when it took too long
 */
export function judgeAudit(output: string | undefined): AuditJudgement {
  if (output === undefined) return toSkipped('the registry did not answer in time');
  const json = parseJson(output);
  const found = report.safeParse(json);
  if (!found.success) return toSkipped(failure.safeParse(json).data?.message ?? 'npm audit gave no report');
  const { vulnerabilities, metadata } = found.data;
  const severe = Object.entries(vulnerabilities).filter(([, { severity }]) => /^(high|critical)$/.test(severity));
  if (severe.length === 0) {
    const total = metadata.vulnerabilities.total;
    return { fails: false, text: `no severe advisory; ${total} of lower severity` };
  }
  const lines = severe.map(([name, { severity, range, via }]) => {
    const why = via.flatMap((each) => advisory.safeParse(each).data ?? []).map(({ title, url }) => `${title} ${url}`);
    return `${name} ${range}: ${severity}. ${why.join('; ') || 'It depends on one of the others'}`;
  });
  return { fails: true, text: [...lines, 'Look at them with: npm audit --omit=dev'].join('\n') };
}

function toSkipped(why: string): AuditJudgement {
  return { fails: false, text: `SKIPPED: advisories of production dependencies were not looked up, because ${why}` };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
