/** A program behind a bundle for Kaluma and parts, with a PPP server at the other end of its UART. */

import { type Context, runInContext } from 'node:vm';
import * as assert from 'uvu/assert';
import { linkInput, linkOpen, linkPoll, linkPollAt } from '../../modules/ppp/link';
import { flash } from './flashed';
import { Pair } from './pair';

export const bundle = (name: string): string => `dist/kaluma/${name}.js`;
export const part = (name: string): string => `dist/kaluma/parts/${name}.js`;

/** A radio that hears three networks. */
const RADIO = `
global.__ieee80211dev = {
  connect: function (info, cb) { cb(-1); },
  disconnect: function (cb) { if (cb) cb(0); },
  get_connection: function (cb) { cb(-1); },
  scan: function (cb) {
    cb(0, [
      { ssid: 'home', bssid: '02:11:22:33:44:55', security: 'WPA2_PSK', rssi: -50, channel: 6 },
      { ssid: 'home', bssid: '02:11:22:33:44:56', security: 'WPA2_PSK', rssi: -70, channel: 11 },
      { ssid: 'guests', bssid: '02:11:22:33:44:57', security: 'OPEN', rssi: -71, channel: 11 }
    ]);
  }
};`;

const PROGRAM = `
var network = require('network'), told = [];
var ppp = network.PPP ? new network.PPP(new network.UART(0, { baudrate: 115200 })) : null;
if (ppp) {
  ppp.on('phase', function (name) { told.push(name); });
  ppp.on('error', function (e) { told.push('error ' + e.reason); });
}
globalThis.network = network; globalThis.ppp = ppp; globalThis.told = told;`;

interface World extends Context {
  told: string[];
}

/** A program behind a bundle and parts, and a PPP server at the other end of its UART. */
export class FlashedBoard {
  readonly context: World;
  readonly pair: Pair;
  nowMs = 1000;
  /** The server hears nothing. */
  cut = false;
  private readonly answers: Uint8Array[] = [];

  constructor(files: string[], options: ConstructorParameters<typeof Pair>[0] = {}) {
    this.context = flash(files, PROGRAM, RADIO) as World;
    this.pair = new Pair(options);
    this.pair.write = (_from, bytes) => this.answers.push(bytes);
    linkOpen(this.server, this.nowMs);
  }

  get server(): Pair['server']['link'] {
    return this.pair.server.link;
  }

  run<T>(source: string): T {
    return runInContext(source, this.context) as T;
  }

  /** Lets time pass, in steps of 5 ms, until the expression is true; at most so many ms. */
  until(expression: string, limitMs: number): void {
    const give = this.run<(bytes: number[]) => void>('(function (bytes) { uarts[0].data(Uint8Array.from(bytes)); })');
    const pass = this.run<(toMs: number) => void>('passTime');
    const written = this.run<Uint8Array[]>('written');
    for (const endMs = this.nowMs + limitMs; this.nowMs < endMs && !this.run(expression);) {
      this.nowMs += 5;
      pass(this.nowMs);
      for (const bytes of written.splice(0)) {
        if (!this.cut) {
          linkInput(this.server, bytes, bytes.length, this.nowMs);
        }
      }
      if (linkPollAt(this.server) <= this.nowMs) {
        linkPoll(this.server, this.nowMs);
      }
      this.answers.splice(0).forEach((bytes) => !this.cut && give(Array.from(bytes)));
    }
  }

  reaches(expression: string, limitMs: number): void {
    this.until(expression, limitMs);
    assert.ok(this.run(expression), `${expression} within ${limitMs} ms; ${this.context.told.join(', ')}`);
  }
}
