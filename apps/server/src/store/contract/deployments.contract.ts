import { expect, test } from 'vitest';

import type { NewRun } from '../deployment-runs.ts';
import type { NewDeployment } from '../deployments.ts';
import { openTestStore, type BackEnd } from './back-end.ts';

let count = 0;

const newDeployment = (given: Partial<NewDeployment> = {}): NewDeployment => ({
  ...{ id: `depl_${(count += 1)}`, ownerId: 'ann', name: 'Report', agentId: 'agent_1', agentVersion: 2 },
  ...{ environmentId: 'env_1', content: { a: '\u0000' }, nextRunAt: null, ...given },
});

const newRun = (deploymentId: string, given: Partial<NewRun> = {}): NewRun => ({
  ...{ id: `drun_${(count += 1)}`, deploymentId, ownerId: 'ann', agentId: 'agent_1', agentVersion: 2 },
  ...{ triggerType: 'schedule', triggerKey: `key ${(count += 1)}`, task: { title: 'x' }, ...given },
});

export function describeDeployments(backEnd: BackEnd): void {
  test('moves a schedule on once from each time that was due, whichever server does so', async () => {
    await using store = await openTestStore(backEnd);
    const { deployments } = store;
    const nextRunAt = '2026-02-01T09:00:00.000Z';
    const { id, version } = await deployments.create(newDeployment({ nextRunAt }));
    await deployments.create(newDeployment());
    expect(await deployments.findNextDue()).toBe(nextRunAt);
    expect(await deployments.countScheduled('ann')).toBe(1);
    expect(await deployments.countScheduled('bob')).toBe(0);
    expect(await deployments.listDue('2026-02-01T08:59:59.999Z', 10)).toEqual([]);
    expect(await deployments.listDue(nextRunAt, 10)).toMatchObject([{ id, content: { a: '\u0000' } }]);
    const move = { nextRunAt, next: '2026-02-02T09:00:00.000Z', lastRunAt: nextRunAt };
    const moved = await Promise.all([deployments.moveOn(id, move), deployments.moveOn(id, move)]);
    expect(moved.toSorted()).toEqual([false, true]);
    expect(await deployments.noteOutcome(id, 'failed')).toBe(1);
    expect(await deployments.noteOutcome(id, 'failed')).toBe(2);
    expect(await deployments.noteOutcome(id, 'started')).toBe(0);
    // What servers note does not make what people read of it old.
    const paused = await deployments.update(id, version, { pausedReason: { type: 'manual' }, nextRunAt: null });
    expect(paused).toMatchObject({ version: version + 1, lastRunAt: nextRunAt, nextRunAt: null });
    await expect(deployments.update(id, version, { name: 'B' })).rejects.toMatchObject({ code: 'conflict' });
    expect((await deployments.list({ ownerId: 'ann', status: 'paused', limit: 5 })).deployments).toHaveLength(1);
    expect((await deployments.list({ ownerId: 'bob', limit: 5 })).deployments).toEqual([]);
    expect(await deployments.count('ann')).toBe(2);
  });

  test('has one run for each trigger of a deployment, which another server takes when nobody has it any more', async () => {
    await using store = await openTestStore(backEnd);
    const { deploymentRuns: runs, deployments } = store;
    const { id: deploymentId } = await deployments.create(newDeployment());
    const run = newRun(deploymentId);
    const again = { ...newRun(deploymentId), triggerKey: run.triggerKey };
    const claimed = await Promise.all([runs.claim(run, 60_000), runs.claim(again, 60_000)]);
    expect(claimed.filter((each) => each !== undefined)).toHaveLength(1);
    const id = (await runs.findByKey(deploymentId, run.triggerKey))?.id ?? '';
    expect(await runs.takeLeft(60_000, 10)).toEqual([]);
    await runs.putBack(id, 0);
    const taken = await Promise.all([runs.takeLeft(60_000, 10), runs.takeLeft(60_000, 10)]);
    expect(taken.flat()).toMatchObject([{ id, attempts: 2, state: 'pending', task: { title: 'x' } }]);
    expect((await runs.list({ ownerId: 'ann', limit: 10 })).runs).toEqual([]);

    expect(await runs.finish(id, { sessionId: 'sesn_1' })).toBe(true);
    expect(await runs.finish(id, { error: { type: 'unknown_error' } })).toBe(false);
    expect(await runs.find(id)).toMatchObject({ state: 'started', sessionId: 'sesn_1', task: null, error: null });
    const failed = newRun(deploymentId, { triggerType: 'webhook' });
    await runs.claim(failed, 60_000);
    await runs.finish(failed.id, { error: { type: 'unknown_error' } });
    const list = async (by: object) =>
      (await runs.list({ ownerId: 'ann', deploymentId, limit: 10, ...by })).runs.map((each) => each.id);
    expect(await list({})).toHaveLength(2);
    expect(await list({ hasError: true })).toEqual([failed.id]);
    expect(await list({ triggers: ['schedule', 'manual'] })).toEqual([id]);
    expect(await runs.listFull(1)).toEqual([deploymentId]);
    expect(await runs.listFull(2)).toEqual([]);
    await runs.trim(deploymentId, 1);
    expect(await list({})).toHaveLength(1);
    expect(await runs.purgeBefore('9999', 10)).toBe(1);
    await deployments.delete(deploymentId);
    expect(await deployments.listIds('ann')).toEqual([]);
  });
}
