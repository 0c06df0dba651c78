/** Our client and our gateway against pppd on a Linux kernel: all but authentication, which pppd-auth.test.ts has. */

import { test } from 'uvu';
import { testCases } from './booted';
import { CASES, isAboutAuth } from './cases';

testCases(CASES.filter((one) => one.peer !== 'slirp' && !isAboutAuth(one)));
test.run();
