/** Our client and our gateway against pppd on a Linux kernel: authentication. What came of it stands in docs/interop.md. */

import { test } from 'uvu';
import { testCases } from './booted';
import { CASES, isAboutAuth } from './cases';

testCases(CASES.filter((one) => one.peer !== 'slirp' && isAboutAuth(one)));
test.run();
