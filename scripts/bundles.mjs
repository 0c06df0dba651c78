// What is built, and how large it may be. Read by the build, the size budget and the checks.

/** ES5 for the boards. `file` is the minified bundle; its readable twin ends in `.debug.js`. Above `budget` the check fails. */
export const boardBundles = [
  { input: 'board-targets/kaluma-rp2/ppp.ts', file: 'dist/kaluma/ppp.js', budget: 32 * 1024 },
  // Not shipped: the codecs' tests, through the same pipeline, for an engine that is not V8.
  { input: 'test/bundle/units.ts', file: 'dist/test/units.js' },
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

export const debugFile = (file) => file.replace(/\.js$/, '.debug.js');
