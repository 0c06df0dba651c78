/** npm run soak -- [--hours 24] [--seed 1] */

import { parseArgs } from 'node:util';
import { soak } from './soak';

const { values } = parseArgs({ options: { hours: { type: 'string' }, seed: { type: 'string' } } });
const startedMs = performance.now();
const report = soak(Number(values.hours ?? 24), Number(values.seed ?? 1));
console.log(JSON.stringify({ ...report, seconds: Math.round((performance.now() - startedMs) / 1000) }, null, 1));
