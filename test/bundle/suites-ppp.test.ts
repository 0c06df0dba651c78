/** The unit tests of modules/ppp on an engine that is not V8. */

import { testLayer } from './suites/in-duk';

testLayer('ppp').run();
