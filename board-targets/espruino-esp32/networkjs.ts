import { formatIpv4, parseIpv4 } from '../../modules/wire/addr';
import type { Host } from '../../modules/network/host';
export function openNetwork(itsHost: Host): void {}
export function plugNetwork(address: number): void {}
