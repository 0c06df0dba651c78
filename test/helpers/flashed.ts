/** Files that a board loads, in a Kaluma that is made of plain ES5. */

import { existsSync, readFileSync } from 'node:fs';
import { Context, createContext, runInContext } from 'node:vm';
import * as assert from 'uvu/assert';

/**
 * A Kaluma as far as a program sees it, in plain ES5: its global object, the process object of the engine, and the
 * `require` that the firmware's own startup script makes of it.
 */
export const FIRMWARE = `
var global = this;
// What JerryScript has, for engines that do not.
var bytes = Uint8Array.prototype;
bytes.slice = bytes.slice || function (at, end) {
  var view = this.subarray(at, end === undefined ? this.length : end);
  var copy = new Uint8Array(view.length);
  copy.set(view);
  return copy;
};
bytes.indexOf = bytes.indexOf || function (value, at) {
  for (; at < this.length; at++) { if (this[at] === value) { return at; } }
  return -1;
};
bytes.copyWithin = bytes.copyWithin || function (to, from, end) {
  while (from < end) { this[to++] = this[from++]; }
};
function TextEncoder() {}
TextEncoder.prototype.encode = function (text) {
  var octets = new Uint8Array(text.length);
  for (var i = 0; i < text.length; i++) { octets[i] = text.charCodeAt(i); }
  return octets;
};
var now = 1000;
var timers = [];
var written = [];
var uarts = [];
var process = {
  builtin_modules: ['events', 'uart', 'net'],
  getBuiltinModule: function (id) {
    return function (exports, require, module) { module.exports = { builtin: id }; };
  },
  binding: function (module) { return module; }
};
function NativeUart(port, options, data) {
  this.port = port;
  this.options = options;
  this.data = data;
  uarts.push(this);
}
NativeUart.prototype.write = function (bytes) { written.push(bytes); };
NativeUart.prototype.close = function () {};
process.binding.uart = {
  UART: NativeUart,
  PARITY_NONE: 0, PARITY_ODD: 1, PARITY_EVEN: 2, FLOW_NONE: 0, FLOW_RTS: 1, FLOW_CTS: 2, FLOW_RTS_CTS: 3
};
function millis() { return now; }
function micros() { return now * 1000 + 7; }
function setTimeout(f, ms) { timers.push({ at: now + ms, f: f }); return timers.length - 1; }
function clearTimeout(id) { timers[id] = null; }
function Module(id) { this.id = id; this.exports = {}; }
var cache = {};
function require(id) {
  if (cache[id]) { return cache[id].exports; }
  if (process.builtin_modules.indexOf(id) >= 0) {
    var mod = new Module(id);
    process.getBuiltinModule(id)(mod.exports, require, mod);
    cache[id] = mod;
    return mod.exports;
  }
  throw new Error('Failed to load module: ' + id);
}
function passTime(to) {
  for (;;) {
    var next = -1;
    for (var i = 0; i < timers.length; i++) {
      if (timers[i] && timers[i].at <= to && (next < 0 || timers[i].at < timers[next].at)) { next = i; }
    }
    if (next < 0) { break; }
    var timer = timers[next];
    timers[next] = null;
    now = Math.max(now, timer.at);
    timer.f();
  }
  now = to;
}
`;

export const bundleText = (file: string): string => {
  assert.ok(existsSync(file), `${file} is not built: npm run build`);
  return readFileSync(file, 'utf8');
};

/** Kaluma parses one script, in strict mode: the files in their order, and the user's program behind them. */
export function flash(files: string | string[], program: string, before = ''): Context {
  const context = createContext({});
  runInContext(FIRMWARE, context);
  const texts = [before, ...[files].flat().map(bundleText), program];
  runInContext(`'use strict';\n${texts.join('\n')}`, context);
  return context;
}
