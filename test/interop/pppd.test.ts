/** Our client and our gateway against pppd on a Linux kernel. What came of it stands in docs/interop.md. */

import { test } from 'uvu';
import { skip } from '../helpers/skip';
import { CASES } from './cases';
import { Missing } from './image';
import { LinuxGuest } from './vm';

let guest: LinuxGuest | null = null;
let missing = '';

test.before(async () => {
  try {
    guest = await LinuxGuest.boot();
  } catch (error) {
    if (!(error instanceof Missing)) throw error;
    missing = error.message;
  }
});

test.after(() => guest?.stop());

for (const one of CASES.filter(({ peer }) => peer !== 'slirp')) {
  test(`${one.peer}: ${one.name}`, async () => {
    if (!guest) {
      skip(missing);
      return;
    }
    await one.run(guest);
  });
}

test.run();
