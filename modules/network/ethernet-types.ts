/** A wired interface: the W5500 below, the Ethernet link on it, the host's stack above. */

import type { EthernetLink } from '../ethernet/link';
import type { W5500 } from '../ethernet/w5500';
import type { Netif } from '../inet/ip';
import type { NIC } from './nic';

/** What of an interface has its own numbers. */
export interface Wired {
  _nic: NIC;
  _link: EthernetLink;
  _chip: W5500;
  _netif: Netif;
  /** When the missing cable is reported, ms. */
  _cableAtMs: number;
  _reason: string;
  _phase: string;
  /** The gateway that goes with a static address. */
  _gateway: number;
}
