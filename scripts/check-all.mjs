// Every check, two at a time; what fails is printed in full. The checks of bundles want a build.

import { spawn } from 'node:child_process';
import { performance } from 'node:perf_hooks';

const node = (script, ...args) => [process.execPath, script, ...args];

const checks = {
  lint: node('node_modules/eslint/bin/eslint.js', '.'),
  'types, host': node('node_modules/typescript/bin/tsc', '-p', 'tsconfig.json'),
  'types, board': node('node_modules/typescript/bin/tsc', '-p', 'tsconfig.board.json'),
  format: node('node_modules/prettier/bin/prettier.cjs', '--check', '--log-level', 'warn', '.'),
  'import direction': node('scripts/check-layers.mjs'),
  'ES5, no helpers': node('scripts/check-es5.mjs'),
  'name map': node('scripts/check-mangle.mjs'),
};

function run([command, ...args]) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    child.stdout.on('data', (data) => (output += data));
    child.stderr.on('data', (data) => (output += data));
    child.on('error', (error) => resolve({ ok: false, output: String(error) }));
    child.on('close', (code) => resolve({ ok: code === 0, output }));
  });
}

const waiting = Object.entries(checks);
let failed = 0;

async function worker() {
  for (let next = waiting.shift(); next; next = waiting.shift()) {
    const [name, command] = next;
    const start = performance.now();
    const { ok, output } = await run(command);
    console.log(`${ok ? 'ok  ' : 'FAIL'}  ${name}  (${((performance.now() - start) / 1000).toFixed(1)} s)`);
    if (output.trim()) {
      console.log(output.trimEnd().replace(/^/gm, '      '));
    }
    failed += ok ? 0 : 1;
  }
}

await Promise.all([worker(), worker()]);
process.exitCode = failed ? 1 : 0;
