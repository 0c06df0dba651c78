// Build, checks, size and every test/**/*.test.ts in a process of its own. The last line is the sum.
//   npm test                 everything
//   npm test -- wire ppp     only files whose path contains one of the words, without build and checks
//   npm test -- --all wire   with them

import { spawn } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { performance } from 'node:perf_hooks';

const JOBS = Number(process.env.TEST_JOBS) || 2;
const LIMIT_MS = Number(process.env.TEST_LIMIT_MS) || 180000;
const PRELOAD = ['--import', './test/helpers/linger.mjs', '--import', 'tsx'];
/** A process that has printed its summary has nothing to do but to end. */
const LINGER_MS = 5000;
const FOLDER = process.env.TEST_FOLDER || 'test';

const words = process.argv.slice(2).filter((arg) => !arg.startsWith('--'));
const everything = !words.length || process.argv.includes('--all');
const seconds = (since) => ((performance.now() - since) / 1000).toFixed(1);
const plain = (text) => text.replace(/\u001b\[[0-9;]*m/g, ''); // eslint-disable-line no-control-regex
const SUMMARY = /^ {2}Total: +(\d+)\n {2}Passed: +(\d+)\n {2}Skipped: +(\d+)$/m;

const running = new Set();

/** Each child leads a process group, so that whatever it started ends with it. */
function endGroup(child) {
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch {
    // The group is gone already.
  }
}

for (const signal of ['SIGINT', 'SIGTERM']) {
  process.on(signal, () => {
    running.forEach(endGroup);
    process.exit(130);
  });
}

function run(command, args, limitMs) {
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
      env: { ...process.env, NO_COLOR: '1', FORCE_COLOR: undefined },
    });
    running.add(child);
    let output = '';
    let late = false;
    let summed = false;
    let lingered = false;
    const timers = [];
    const after = (ms, f) => timers.push(setTimeout(f, ms));
    after(limitMs, () => {
      late = true;
      endGroup(child);
    });
    child.stdout.on('data', (data) => {
      output += data;
      if (!summed && SUMMARY.test(plain(output))) {
        summed = true;
        after(LINGER_MS, () => {
          lingered = true;
          child.kill('SIGTERM');
        });
        after(LINGER_MS + 1000, () => endGroup(child));
      }
    });
    child.stderr.on('data', (data) => (output += data));
    const done = (code) => {
      timers.forEach(clearTimeout);
      running.delete(child);
      resolve({ code, late, lingered, output });
    };
    // What the test left running would hold the pipes open.
    child.on('exit', () => endGroup(child));
    child.on('error', (error) => {
      output += String(error);
      done(1);
    });
    child.on('close', done);
  });
}

/** uvu runs nothing without `.run()`, and everything else is left out by one `.only(`. */
function sourceProblem(text) {
  if (!/\.run\(/.test(text)) {
    return 'no `.run(`: uvu would run nothing';
  }
  for (const [, name] of text.matchAll(/^\s*(?:const|let|var)\s+(\w+)\s*=\s*suite\s*[(<]/gm)) {
    if (!new RegExp(`\\b${name}\\.run\\(`).test(text)) {
      return `the suite \`${name}\` is never run`;
    }
  }
  const only = /^\s*\w+\.only\(/m.exec(text);
  return only ? `\`${only[0].trim()}\` leaves out the other tests` : null;
}

/** The sum of one file: `{ passed, failed, skipped, reasons, why }`. */
function judge({ code, late, lingered, output }) {
  const text = plain(output);
  const summary = SUMMARY.exec(text);
  const reasons = [...text.matchAll(/SKIP: *(.+)/g)].map((match) => match[1]);
  if (late) {
    return { passed: 0, failed: 1, skipped: 0, reasons, why: `not done after ${LIMIT_MS / 1000} s` };
  }
  if (!summary) {
    return { passed: 0, failed: 1, skipped: 0, reasons, why: `ended with ${code} and without a summary` };
  }
  const [total, good, skips] = summary.slice(1).map(Number);
  // A test that finds nothing to run against says so and returns; uvu takes it for passed.
  const passed = Math.max(0, good - reasons.length);
  let failed = total - good;
  let why = failed ? `${failed} of ${total}` : null;
  if (!failed && code !== 0 && !lingered) {
    failed = 1;
    why = `ended with ${code}`;
  } else if (!total && !skips) {
    failed = 1;
    why = 'no test in it';
  }
  return { passed, failed, skipped: skips + Math.min(reasons.length, good), reasons, why };
}

const start = performance.now();
const sum = { passed: 0, failed: 0, skipped: 0 };
const skipped = [];
const failures = [];
/** Files whose process went on after its summary: no failure of a test, and not to be kept from view. */
const lingering = [];

if (everything) {
  for (const name of ['build', 'check', 'size']) {
    const since = performance.now();
    const { code, output } = await run('npm', ['run', '-s', name], 600000);
    console.log(`${code === 0 ? 'ok  ' : 'FAIL'}  ${name}  (${seconds(since)} s)`);
    if (output.trim()) {
      console.log(output.trimEnd());
    }
    if (code !== 0) {
      sum.failed++;
      failures.push(name);
    }
  }
}

const files = readdirSync(FOLDER, { recursive: true })
  .map((name) => `${FOLDER}/${String(name).replaceAll('\\', '/')}`)
  .filter((file) => /\.test\.ts$/.test(file) && (!words.length || words.some((word) => file.includes(word))))
  .sort();
if (!files.length) {
  sum.failed++;
  failures.push('no test file matches');
}

async function worker(waiting) {
  for (let file = waiting.shift(); file; file = waiting.shift()) {
    const since = performance.now();
    const problem = sourceProblem(readFileSync(file, 'utf8'));
    const result = problem ? { output: '' } : await run(process.execPath, [...PRELOAD, file], LIMIT_MS);
    const {
      passed,
      failed,
      skipped: skips,
      reasons,
      why,
    } = problem ? { passed: 0, failed: 1, skipped: 0, reasons: [], why: problem } : judge(result);
    if (result.lingered) {
      lingering.push(`${file}: ${/LINGERED: (.*)/.exec(result.output)?.[1] ?? 'busy'}`);
    }
    sum.passed += passed;
    sum.failed += failed;
    sum.skipped += skips;
    reasons.forEach((reason) => skipped.push(`${file}: ${reason}`));
    if (skips > reasons.length) {
      skipped.push(`${file}: ${skips - reasons.length} by test.skip, without a reason`);
    }
    const count = `${passed} passed${skips ? `, ${skips} skipped` : ''}`;
    console.log(`${why ? 'FAIL' : 'ok  '}  ${file}  ${why ? `${why}; ` : ''}${count}  (${seconds(since)} s)`);
    if (why) {
      failures.push(`${file}: ${why}`);
      if (result.output.trim()) {
        console.log(result.output.trimEnd().replace(/^/gm, '      '));
      }
    }
  }
}

const waiting = files.slice();
await Promise.all(Array.from({ length: JOBS }, () => worker(waiting)));

if (skipped.length) {
  console.log(`\nSKIPPED\n${skipped.map((line) => `  ${line}`).join('\n')}`);
}
if (lingering.length) {
  console.log(`\nWENT ON AFTER THEIR SUMMARY\n${lingering.map((line) => `  ${line}`).join('\n')}`);
}
if (failures.length) {
  console.log(`\nFAILED\n${failures.map((line) => `  ${line}`).join('\n')}`);
}
console.log(`\n${files.length} files in ${seconds(start)} s`);
console.log(`${sum.passed} passed, ${sum.failed} failed${sum.skipped ? `, ${sum.skipped} skipped` : ''}`);
process.exitCode = sum.failed ? 1 : 0;
