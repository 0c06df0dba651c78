/** 1,000 links on Kaluma's firmware; a twentieth of them unless SOAK=full. */

import { isFull, soakLinks } from './soak';
import { testSoak } from './soak-test';

testSoak('links', () => soakLinks(isFull ? 1000 : 50)).run();
