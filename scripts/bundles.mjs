// What is built, and how large it may be. Read by the build, the size budget and the checks.

/** Modules of modules/wire in whose place a target has its own, by the native functions of its engine. */
const natively = (target, names) =>
  Object.fromEntries(names.map((name) => [`modules/wire/${name}.ts`, `board-targets/${target}/wire/${name}.ts`]));
const espruino = natively('espruino-esp32', ['bytes', 'checksum', 'fcs']);
const kaluma = natively('kaluma-rp2', ['bytes', 'hdlc']);
const platformOf = (target) => `board-targets/${target}/platform.ts`;

/** What can be loaded behind a bundle for Kaluma that does not have it, board-targets/kaluma-rp2/parts; and its budget. */
export const parts = {
  reconnect: 1280,
  probe: 4096,
  timeout: 2816,
  vj: 4864,
  ipv6cp: 4864,
  ping: 6912,
  route: 1536,
  scan: 2048,
  wipy: 3584,
  ipv6: 29696,
  lan6: 29696,
  keepalive: 6656,
  mdns: 14336,
  mschap: 6656,
};

/**
 * ES5 for the boards. `file` is the minified bundle; its readable twin ends in `.debug.js`; `header` stands first in
 * both. Above `budget` the check fails. `inline: false` leaves out Closure; `hot` says where an engine wants the functions
 * that every packet calls: 'last' (JerryScript) or 'first'; in the place of a module of `replace` another one is taken,
 * which may import the first; `platform` has the bounds that are constants in it.
 */
export const boardBundles = [
  ...[
    ['ppp', 32],
    ['ppp-full', 44],
    ['network', 56],
    ['socket', 56],
    ['http', 56],
    ['ethernet', 40],
    ['wifi', 40],
  ].map(([name, kilobytes]) => ({
    input: `board-targets/kaluma-rp2/${name}.ts`,
    file: `dist/kaluma/${name}.js`,
    budget: kilobytes * 1024,
    hot: 'last',
    replace: kaluma,
    platform: platformOf('kaluma-rp2'),
  })),
  {
    input: 'board-targets/espruino-esp32/ppp.ts',
    file: 'dist/espruino/micronic.min.js',
    header: '/* Copyright (c) 2026 micronic contributors, MIT. PPP and sockets over a UART: docs/espruino-module.md */',
    budget: 41600,
    // Closure's inlining leaves labels, which Espruino does not know.
    inline: false,
    // Espruino finds the name declared first first.
    hot: 'first',
    replace: espruino,
    platform: platformOf('espruino-esp32'),
  },
  {
    input: 'board-targets/espruino-esp32/network.ts',
    file: 'dist/espruino/network.min.js',
    header: '/* Copyright (c) 2026 micronic contributors, MIT. PPP, WLAN and sockets: docs/espruino-module.md */',
    budget: 57344,
    inline: false,
    hot: 'first',
    replace: espruino,
    platform: platformOf('espruino-esp32'),
  },
  // Not shipped: the codecs' tests, through the same pipeline, for an engine that is not V8.
  { input: 'test/bundle/units.ts', file: 'dist/test/units.js' },
  // The layers below the public face, all that they export, for their unit tests.
  { input: 'modules-entry', file: 'dist/test/modules.js' },
  // What `npm run bench -- espruino` measures.
  {
    input: 'test/bundle/steps.ts',
    file: 'dist/test/steps-espruino.js',
    inline: false,
    hot: 'first',
    replace: espruino,
  },
  {
    input: 'test/bundle/units.ts',
    file: 'dist/test/units-espruino.js',
    inline: false,
    hot: 'first',
    replace: espruino,
  },
  // Last: each is compared with the bundles that it goes behind (doubled-state.mjs).
  ...Object.entries(parts).map(([name, budget]) => ({
    input: `board-targets/kaluma-rp2/parts/${name}.ts`,
    file: `dist/kaluma/parts/${name}.js`,
    budget,
    hot: 'last',
    replace: kaluma,
    platform: platformOf('kaluma-rp2'),
  })),
];

/** ES modules for Node. */
export const hostBundles = {
  index: 'board-targets/node/index.ts',
  cli: 'scripts/cli/main.ts',
};

/** Modules the firmware itself brings, by the folder a bundle is written to. */
export const firmwareModules = {
  kaluma: 'at events fs gpio http i2c net path pwm rp2 rtc spi storage stream uart url wdt wifi'.split(' '),
  espruino: 'http net tls Wifi crypto NetworkJS'.split(' '),
  test: [],
};

export const debugFile = (file) => file.replace(/(\.min)?\.js$/, '.debug.js');
