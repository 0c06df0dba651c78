/** A WLAN object on simulated time, and what it tells. */

import { useHost } from '../../../modules/network/host';
import type { Radio } from '../../../modules/network/radio';
import { WLAN } from '../../../modules/network/wlan';
import { Clock } from '../../helpers/clock';
import { simulatedHost } from '../../helpers/host';

export type Nic = InstanceType<typeof WLAN>;

export interface Failure extends Error {
  errno: number;
  phase: string;
  reason: string;
}

export class Rig {
  readonly events: string[] = [];
  readonly sim;

  constructor(
    readonly clock: Clock,
    openRadio: () => Radio | null,
  ) {
    this.sim = simulatedHost(clock);
    this.sim.host._openRadio = openRadio;
    useHost(this.sim.host);
  }

  watch(nic: Nic): Nic {
    const say = (text: string): void => void this.events.push(text);
    nic.on('connected', () => say('connected'));
    nic.on('disconnected', (reason?: string) => say(`disconnected ${reason}`));
    nic.on('error', (e?: Failure) => say(`${e!.name} ${e!.errno} ${e!.phase} ${e!.reason}`));
    nic.on('phase', (phase?: string) => say(String(phase)));
    return nic;
  }

  station(): Nic {
    const nic = this.watch(new WLAN(WLAN.IF_STA));
    nic.active(true);
    return nic;
  }

  accessPoint(): Nic {
    return this.watch(new WLAN(WLAN.IF_AP));
  }

  pass(ms: number): void {
    this.clock.runTo(this.clock.nowMs + ms);
  }

  /** What was told since the last time. */
  heard(): string[] {
    return this.events.splice(0);
  }
}
