/** In uvu's place where there is no Node: runs what is synchronous, and prints what fails and the sum of each file. */

declare const print: (text: string) => void;

type Body = () => unknown;

export interface Suite {
  (name: string, body: Body): void;
  run(): void;
}

const tests: { name: string; body: Body }[] = [];
const sum = { passed: 0, failed: 0 };

export const suite = (): Suite =>
  Object.assign((name: string, body: Body) => void tests.push({ name, body }), { run: () => {} });
export const test = suite();

/** The tests of the file that was loaded last. */
export function runFile(file: string): void {
  let passed = 0;
  const all = tests.splice(0);
  for (const { name, body } of all) {
    try {
      if (body() !== undefined) {
        throw new Error('nobody waits for a promise here');
      }
      passed++;
    } catch (error) {
      const { message, details } = error as { message: string; details?: string };
      print(`FAIL ${file}: ${name}: ${message || String(error)} ${details || ''}`);
    }
  }
  print(`${file}: ${passed} of ${all.length}`);
  sum.passed += passed;
  sum.failed += all.length - passed;
}

export function end(): void {
  print(`${sum.passed} passed, ${sum.failed} failed`);
}
