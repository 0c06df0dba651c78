/** The cases of the table that slirp's part is made of; test/scripts/gateway/slirp.test.ts has more. */

import { execFileSync } from 'node:child_process';
import { test } from 'uvu';
import { skip } from '../helpers/skip';
import { CASES } from './cases';

function isInstalled(): boolean {
  try {
    execFileSync('sh', ['-c', 'command -v slirp-fullbolt'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

for (const one of CASES.filter(({ peer }) => peer === 'slirp')) {
  test(`slirp: ${one.name}`, async () => {
    if (!isInstalled()) {
      skip('slirp-fullbolt is not installed (Debian: apt install slirp)');
      return;
    }
    await one.run(null);
  });
}

test.run();
