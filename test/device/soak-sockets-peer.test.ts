/** 5,000 sockets that the peer closes first, on Kaluma's firmware; a twentieth of them unless SOAK=full. */

import { isFull, soakSockets } from './soak';
import { testSoak } from './soak-test';

testSoak('sockets that the peer closes first', () => soakSockets('peer', isFull ? 5000 : 250)).run();
