/** The boards that a program can be bundled for, and what each of them takes. */

import { firmwareModules, parts } from '../bundles.mjs';

/** Heap that the first `require` takes, without what the module itself requires. */
interface FirmwareModule {
  heap: number;
  needs?: string[];
}

export interface Target {
  name: string;
  /** The micronic bundle, from the package's own folder. */
  micronic: string;
  /** What can go behind it: NAME.js in the folder `parts` beside it. */
  parts: string[];
  /** What stays `require`d. */
  modules: string[];
  /** Bytes of JavaScript heap, and of them in use before the program. */
  heap: number;
  heapAtStart: number;
  /** Bytes that one link and one connection take beside the code. */
  heapOfLink: number;
  moduleCosts: Record<string, FirmwareModule>;
  /** A program's length must be below. */
  flash: number;
}

/** Kaluma 1.2.1, board pico; measured on the emulated one, as are the factors in estimate.ts. */
const kalumaRp2: Target = {
  name: 'kaluma-rp2',
  micronic: 'dist/kaluma/ppp.js',
  parts: Object.keys(parts),
  modules: firmwareModules.kaluma,
  heap: 184312,
  heapAtStart: 12184,
  heapOfLink: 19000,
  moduleCosts: {
    at: { heap: 2728, needs: ['events'] },
    events: { heap: 1448 },
    gpio: { heap: 1224 },
    http: { heap: 4528, needs: ['net'] },
    i2c: { heap: 632 },
    net: { heap: 2736, needs: ['stream'] },
    pwm: { heap: 784 },
    rp2: { heap: 6816 },
    rtc: { heap: 328 },
    spi: { heap: 672 },
    storage: { heap: 1296 },
    stream: { heap: 4376, needs: ['events'] },
    uart: { heap: 1152, needs: ['events'] },
    url: { heap: 3240 },
    wdt: { heap: 464 },
    wifi: { heap: 2720, needs: ['events'] },
  },
  flash: 512 * 1024,
};

export const targets: Record<string, Target> = { [kalumaRp2.name]: kalumaRp2 };

/** What is wrong with the names of parts, or ''. */
export function partsError(names: string[], target: Target): string {
  const unknown = names.find((name) => !target.parts.includes(name));
  return unknown === undefined ? '' : `there is no part '${unknown}'; the parts are ${target.parts.join(', ')}`;
}
