/** Tables of what the real firmware reaches, in the board's own time: exact, and the same in every run. */

import { hasFirmware } from '../device/device';
import { benchBoth } from './device/both';
import { benchConnect } from './device/connect';
import { benchDownload } from './device/download';
import { benchLatency } from './device/latency';
import { benchLoad } from './device/load';
import { benchMemory } from './device/memory';
import { benchSoak } from './device/soak';
import { benchUpload } from './device/upload';

const BENCHES: Record<string, () => Promise<void>> = {
  download: benchDownload,
  upload: benchUpload,
  both: benchBoth,
  connect: benchConnect,
  latency: benchLatency,
  memory: benchMemory,
  load: benchLoad,
  soak: benchSoak,
};

export const DEVICE_BENCHES = Object.keys(BENCHES);

export async function benchDevice(names: string[]): Promise<void> {
  if (!hasFirmware()) {
    return;
  }
  console.log('\non the emulated Pico, 200 KB through net where nothing else is said:');
  for (const name of names) {
    await BENCHES[name]();
  }
}
