// Runs scripts under Duktape, a small ES5 engine that is not V8, where it is installed.
//   node scripts/duk.mjs FILE.js [FILE.js ...]

import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const DUK = process.env.DUK || 'duk';

/** Duktape's shell prints with `print` and may have been built without a console. */
const PRELUDE = `var console = this.console || {};
console.log = console.log || print;
`;

export const hasDuk = () => !spawnSync(DUK, ['/dev/null'], { stdio: 'ignore' }).error;

/** Runs the files one after the other as one program: `{ ok, output }`. */
export function runDuk(files, timeoutMs = 60000) {
  const folder = mkdtempSync(join(tmpdir(), 'duk-'));
  try {
    const program = join(folder, 'program.js');
    writeFileSync(program, PRELUDE + files.map((file) => readFileSync(file, 'utf8')).join('\n;\n'));
    const { status, error, stdout, stderr } = spawnSync(DUK, [program], { encoding: 'utf8', timeout: timeoutMs });
    return { ok: status === 0, output: (stdout || '') + (stderr || '') + (error ? `${error.message}\n` : '') };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

if (/\bduk\.mjs$/.test(process.argv[1] || '')) {
  if (!hasDuk()) {
    console.error(`duk: ${DUK} is not installed (Debian: apt-get install duktape)`);
    process.exitCode = 2;
  } else {
    const { ok, output } = runDuk(process.argv.slice(2));
    process.stdout.write(output);
    process.exitCode = ok ? 0 : 1;
  }
}
