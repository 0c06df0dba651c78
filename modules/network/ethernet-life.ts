/** The life of a wired interface: the cable and the address become phases, events and errors. */

import { ethernetCarrier, ethernetClose } from '../ethernet/link';
import { w5500Close, w5500Open, w5500Poll } from '../ethernet/w5500';
import { netifUp } from '../inet/ip';
import { netifDown, stackFlush } from '../inet/stack';
import { resolverClear } from '../inet/resolver';
import { osError } from './errors';
import { emit } from './emitter';
import type { Wired } from './ethernet-types';
import { hostRearm } from './host';
import { nicFailed, tellWaiting } from './nic';

/** Without a cable for this long, the user is told. */
const CABLE_WAIT_MS = 5000;

const ERRNOS: { [reason: string]: number } = { 'no-cable': 100, 'no-answer': 110, 'address-conflict': 98 };

function setPhase(wired: Wired, phase: string): void {
  if (phase !== wired._phase) {
    wired._phase = phase;
    emit(wired._nic._listeners, 'phase', phase);
  }
}

export function failed(wired: Wired, reason: string): void {
  wired._reason = reason;
  nicFailed(wired._nic, wired._phase, reason, ERRNOS[reason]);
}

export function carrier(wired: Wired, up: boolean): void {
  const nowMs = wired._nic._host._nowMs();
  wired._cableAtMs = up ? Infinity : nowMs + CABLE_WAIT_MS;
  if (!up) {
    wired._reason = 'no-cable';
  }
  ethernetCarrier(wired._link, up, nowMs);
  setPhase(wired, up ? 'network' : 'establish');
}

/** The link has got an address, or lost it. */
export function configured(wired: Wired): void {
  const link = wired._link;
  const netif = wired._netif;
  const nic = wired._nic;
  const host = nic._host;
  const stack = host._stack;
  const was = netif._up;
  const address = link._address;
  if (netif._address && (address ? address !== netif._address : link._lost)) {
    // Connections from an address that is no longer ours.
    netifDown(stack, netif, host._nowMs());
    netif._address = netif._mask = netif._gateway = 0;
    if (!address) {
      host._plug(0);
    }
  }
  netif._up = false;
  if (address) {
    netif._address = address;
    netif._mask = link._mask;
    netif._gateway = link._gateway;
    netif._dns = link._dns;
    wired._reason = '';
    resolverClear(host._resolver);
    if (was) {
      netif._up = true;
      return;
    }
    netifUp(stack, netif);
    host._plug(address);
    setPhase(wired, 'running');
    emit(nic._listeners, 'connected');
    tellWaiting(nic, null);
  } else if (was) {
    emit(nic._listeners, 'disconnected', wired._reason || 'address-lost');
    if (nic._active) {
      setPhase(wired, link._up ? 'network' : 'establish');
    }
  }
}

/** Switches the interface on or off. */
export function activate(wired: Wired, on: boolean): void {
  const host = wired._nic._host;
  const chip = wired._chip;
  const nowMs = host._nowMs();
  if (!on) {
    wired._reason = 'user';
    wired._cableAtMs = Infinity;
    wired._nic._active = false;
    ethernetClose(wired._link, nowMs);
    w5500Close(chip);
    stackFlush(host._stack);
    setPhase(wired, 'dead');
    return;
  }
  const interrupt = function (): void {
    w5500Poll(chip, host._nowMs());
    stackFlush(host._stack);
    hostRearm(host);
  };
  if (!w5500Open(chip, interrupt, nowMs)) {
    throw osError(
      19,
      'ENODEV: no W5500 answers (version 0x' + chip._version.toString(16) + ' in the place of 0x4): look at the wiring',
    );
  }
  wired._reason = '';
  wired._cableAtMs = nowMs + CABLE_WAIT_MS;
  setPhase(wired, 'establish');
  hostRearm(host);
}
