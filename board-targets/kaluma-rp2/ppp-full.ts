/**
 * The bundle for Kaluma with every optional part of class PPP: all of ppp.ts, MSCHAPv2, VJ header compression, IPV6CP, a
 * time-out for a connect, reconnects, the probe.
 */

import { theHost } from '../../modules/network/ppp';
import { enableMschap, useIpv6Option, useTimeoutOption, useVjOption } from '../../modules/network/ppp-options';
import { useProbe } from '../../modules/network/probe';
import { useReconnect } from '../../modules/network/reconnect';

export * from './ppp';

enableMschap();
[useVjOption, useIpv6Option, useTimeoutOption, useReconnect, useProbe].forEach(function (use) {
  use(theHost);
});
