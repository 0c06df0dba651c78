/**
 * Says that the running test has nothing to run against here; the test returns right after it.
 * `scripts/test.mjs` counts the line as one skipped test and lists the reason.
 */
export function skip(reason: string): void {
  process.stdout.write(`\nSKIP: ${reason}\n`);
}
