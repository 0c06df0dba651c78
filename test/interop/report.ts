/** `npm run interop`: runs every case and writes the table of docs/interop.md, unless one fails. */

import { CASES, type InteropCase, type Result } from './cases';
import { writeTable } from './document';
import { LinuxGuest } from './vm';

const guest = await LinuxGuest.boot();
const results = new Map<InteropCase, Result>();
let failed = 0;
try {
  const kernel = (await guest.run('uname -r')).output.trim();
  for (const one of CASES) {
    const name = `${one.peer}: ${one.name}`;
    try {
      const result = await one.run(guest);
      results.set(one, result);
      console.log(`ok    ${name}: ${result.bytes} octets, ${result.ended}`);
    } catch (error) {
      failed++;
      console.log(`FAIL  ${name}: ${(error as Error).message}`);
    }
  }
  console.log(`${results.size} passed, ${failed} failed`);
  if (failed) {
    process.exitCode = 1;
  } else {
    const version = guest.packages.find((one) => one.startsWith('ppp '))!.slice('ppp '.length);
    writeTable(results, `pppd is Debian's \`ppp\` ${version} on Linux ${kernel}.`);
  }
} finally {
  await guest.stop();
}
