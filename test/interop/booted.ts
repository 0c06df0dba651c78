/** Registers the tests of some cases, all in one guest, which a file of tests boots. */

import { test } from 'uvu';
import { skip } from '../helpers/skip';
import type { InteropCase } from './cases';
import { Missing } from './image';
import { LinuxGuest } from './vm';

export function testCases(cases: InteropCase[]): void {
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

  for (const one of cases) {
    test(`${one.peer}: ${one.name}`, async () => {
      if (!guest) {
        skip(missing);
        return;
      }
      await one.run(guest);
    });
  }
}
