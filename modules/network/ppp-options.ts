/**
 * Optional parts of class PPP that have to do with the negotiation. Each costs what it brings along: a target calls those
 * that it wants, before a PPP object is made.
 */

import { useBudget } from '../ppp/budget';
import { addExtra } from '../ppp/extra';
import { useIpv6cp } from '../ppp/ipv6cp';
import type { Link } from '../ppp/link';
import { useMschap } from '../ppp/mschap';
import { useVj } from '../ppp/vj';
import type { Host } from './host';
import { addPart } from './parts';
import { PPP } from './ppp';
import { REASONS, SECURITIES, Security } from './ppp-types';

const EACCES = 13;

/** lwIP's and MicroPython's PPPERR_AUTHFAIL. */
const AUTH_FAILED = 7;

/** Adds PPP.SEC_MSCHAP2 for connect(), and the reasons that only MSCHAPv2 has. */
export function enableMschap(): void {
  if (!PPP.SEC_MSCHAP2) {
    useMschap();
    PPP.SEC_MSCHAP2 = Security.MsChap2;
    SECURITIES.push(Security.MsChap2);
    ['restricted-hours', 'account-disabled', 'password-expired', 'no-permission', 'peer-unproven'].forEach(
      function (reason) {
        REASONS[reason] = (AUTH_FAILED << 8) + EACCES;
      },
    );
  }
}

/** Adds `vj` to config(): 1 to ask for VJ header compression with the next connect, and to let the peer have it. */
export function useVjOption(host: Host): void {
  addPart(host, 'vj', function (ppp) {
    const vj = useVj(ppp._link);
    ppp._config.vj = 0;
    atOpening(ppp._link, function () {
      vj._enabled = !!ppp._config.vj;
    });
  });
}

/** Adds `ipv6` to config(): 1 to agree on interface identifiers with the next connect; they stand in ppp._ipv6. */
export function useIpv6Option(host: Host): void {
  addPart(host, 'ipv6cp', function (ppp) {
    const ipv6 = (ppp._ipv6 = useIpv6cp(ppp._link));
    ppp._config.ipv6 = 0;
    atOpening(ppp._link, function () {
      ipv6._enabled = !!ppp._config.ipv6;
    });
  });
}

/** Adds `timeout` to config(): how long the next connect may take in all, ms; 0 for as long as its phases take. */
export function useTimeoutOption(host: Host): void {
  addPart(host, 'timeout', function (ppp) {
    const budget = useBudget(ppp._link);
    ppp._config.timeout = 0;
    atOpening(ppp._link, function () {
      budget._budgetMs = ppp._config.timeout as number;
    });
  });
}

/** Has `apply` called when the link opens, before the parts that were added earlier look at what it sets. */
export function atOpening(link: Link, apply: () => void): void {
  addExtra(link, {
    _input: function () {
      return false;
    },
    _network: function (ours) {
      if (!ours) {
        apply();
      }
    },
    _rejected: function () {},
    _poll: function () {},
    _pollAt: function () {
      return Infinity;
    },
  });
}
