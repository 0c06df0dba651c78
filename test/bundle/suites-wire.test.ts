/** The unit tests of modules/wire on an engine that is not V8. */

import { testLayer } from './suites/in-duk';

testLayer('wire').run();
