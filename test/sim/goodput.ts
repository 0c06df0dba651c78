/** Goodput of two stacks over a modelled line, in simulated time: the same numbers on every computer. */

import * as assert from 'uvu/assert';
import { useSack } from '../../modules/inet/sack';
import type { Tcb, TcpHandler } from '../../modules/inet/tcb';
import { tcpConnect, tcpListen, tcpWrite } from '../../modules/inet/tcp';
import { tcpShutdown } from '../../modules/inet/tcp-close';
import { addressNumber } from '../helpers/packets';
import { pattern } from '../helpers/tcp';
import { joined } from '../helpers/wire';

/** 115,200 baud, octets a second. */
export const RATE = 11520;
export const SIZE = 100_000;
export const LOSSES = [0, 0.005, 0.01, 0.02, 0.05];
export const ROUND_TRIPS_MS = [20, 100, 400];
export const RINGS = [1460, 2920, 4380, 8760, 16384];
const SEEDS = 4;
const LIMIT_MS = 3_600_000;

const content = pattern(0, SIZE);
const nothing = (): void => {};

export interface Cell {
  loss: number;
  roundTripMs: number;
  ring: number;
  sack: boolean;
}

/** How long SIZE octets take from the SYN on, ms, and what was sent again. */
export function transfer({ loss, roundTripMs, ring, sack }: Cell, seed: number): { ms: number; retransmits: number } {
  const { clock, a, b } = joined(
    seed,
    { rate: RATE, delayMs: roundTripMs / 2, loss },
    { _tcpWindow: ring, _tcpSendRing: ring, _outOfOrder: ring },
  );
  if (sack) {
    useSack(a.stack);
    useSack(b.stack);
  }
  let sent = 0;
  let got = 0;
  let endedMs = 0;
  function pump(tcb: Tcb): void {
    while (sent < SIZE) {
      const taken = tcpWrite(tcb, content, sent, SIZE, clock.nowMs);
      sent += taken;
      if (!taken) {
        return;
      }
    }
    tcpShutdown(tcb, clock.nowMs);
  }
  const server: TcpHandler = { _connected: pump, _writable: pump, _data: nothing, _ended: nothing, _closed: nothing };
  const client: TcpHandler = {
    ...server,
    _connected: nothing,
    _writable: nothing,
    _data: (_tcb, bytes) => {
      assert.ok(content.subarray(got, got + bytes.length).equals(bytes), `octets from ${got} on`);
      got += bytes.length;
    },
    _ended: () => (endedMs = clock.nowMs),
  };
  tcpListen(b.stack, 80, 2, () => server);
  const began = clock.nowMs;
  tcpConnect(a.stack, addressNumber('10.0.0.2'), 80, client, began);
  assert.ok(
    clock.run(() => endedMs > 0, began + LIMIT_MS),
    `seed ${seed}: not done`,
  );
  assert.is(got, SIZE);
  return { ms: endedMs - began, retransmits: b.stack._stats.tcpRetransmits };
}

/** The share of the line that is payload, mean of the seeds. */
export function goodput(cell: Cell): number {
  let share = 0;
  for (let seed = 1; seed <= SEEDS; seed++) {
    share += SIZE / ((transfer(cell, seed).ms / 1000) * RATE) / SEEDS;
  }
  return share;
}

const percent = (loss: number): string => `${loss * 100} %`;

/** The table loss x round trip x ring, with and without SACK. */
export function table(): string {
  const lines = [
    `${SIZE / 1000} kB one way at ${RATE} octets a second: the share of the line that is payload, mean of ${SEEDS} seeds.`,
    'Ring: send ring, receive window and room for what comes out of order, octets. Behind the slash: with SACK.',
  ];
  for (const roundTripMs of ROUND_TRIPS_MS) {
    lines.push('', `round trip ${roundTripMs} ms`);
    lines.push(`  ring ${LOSSES.map((loss) => percent(loss).padStart(12)).join('')}`);
    for (const ring of RINGS) {
      const cells = LOSSES.map((loss) =>
        [false, true].map((sack) => goodput({ loss, roundTripMs, ring, sack }).toFixed(2)).join('/'),
      );
      lines.push(`${String(ring).padStart(6)} ${cells.map((cell) => cell.padStart(12)).join('')}`);
    }
  }
  return `${lines.join('\n')}\n`;
}
