/** Makes the guest's image before the tests need it, so that none of them waits for the packages. */

import { makeImage } from './image';

console.log((await makeImage()).packages.join('\n'));
