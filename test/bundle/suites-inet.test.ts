/** The unit tests of modules/inet on an engine that is not V8. */

import { testLayer } from './suites/in-duk';

testLayer('inet').run();
