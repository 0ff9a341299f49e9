import { statfs } from 'node:fs/promises';

import { resolvesWithin } from '../lib/within.ts';
import type { Metrics } from './metrics.ts';

/** A network disk that hangs must not keep the other metrics from whoever looks for the cause. */
const PATIENCE_MS = 500;

/** Sets the space of the disk that has `dataDir`; what cannot be read in time stays as it was. Never rejects. */
export async function measureDisk(
  dataDir: string,
  metrics: Pick<Metrics, 'dataDiskFree' | 'dataDiskSize'>,
): Promise<void> {
  const measured = statfs(dataDir).then(
    ({ bavail, blocks, bsize }) => {
      metrics.dataDiskFree.set(bavail * bsize);
      metrics.dataDiskSize.set(blocks * bsize);
    },
    () => undefined,
  );
  await resolvesWithin(measured, PATIENCE_MS);
}
