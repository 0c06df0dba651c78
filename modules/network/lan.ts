/** LAN and WIZNET5K: MicroPython's two names for a wired interface. Both are a W5500 here. */

import { namedArguments } from './args';
import { osError, raiseTypeError, raiseValueError } from './errors';
import { initWired } from './ethernet';
import { macArgument } from './mac-argument';
import type { Host } from './host';
import { theHost } from './host';
import { NIC, nicClass, notSupported } from './nic';

/** MicroPython's number (ports/esp32) of the one chip that has its own Ethernet behind SPI and a driver here. */
export const PHY_W5500 = 102;

/** Its other numbers: PHY_LAN8710 0 to PHY_GENERIC 8, PHY_KSZ8851SNL 100, PHY_DM9051 101. */
function isPhy(type: unknown): boolean {
  return (type as number) >= 0 && (type as number) <= PHY_W5500 && !((type as number) > 8 && (type as number) < 100);
}

/** What status() of LAN says: initialized, disconnected, connected, with an address. */
const LAN_STATUS = [0, 4, 3, 5];
/** And of WIZNET5K: no cable, cable, cable and active. */
const WIZNET_STATUS = [0, 0, 1, 2];

const LAN_NAMES = [
  'id',
  'spi',
  'cs',
  'int',
  'phy_type',
  'phy_addr',
  'reset',
  'mac',
  'mdc',
  'mdio',
  'power',
  'ref_clk_mode',
  'ref_clk',
];

/** A locally administered address of one station (IEEE 802 §8.2), by chance. */
function randomMac(host: Host): Uint8Array {
  const high = host._random32();
  const low = host._random32();
  return new Uint8Array([2, high >> 8, high, low >> 16, low >> 8, low]);
}

function open(nic: NIC, values: { [name: string]: unknown }, numbers: number[]): void {
  const host = theHost;
  const openSpi = host._openSpi;
  if (!openSpi) {
    throw osError(19, 'ENODEV: this target has no SPI');
  }
  const mac = values.mac == null ? randomMac(host) : macArgument(values.mac);
  if (!values.spi || values.cs == null) {
    raiseTypeError('spi and cs are needed');
  }
  initWired(nic, host, openSpi(values.spi, values.cs, values.reset, values.int), mac, numbers);
}

/** WIZNET5K(spi, pin_cs, pin_rst[, pin_intn]); a fifth argument or {mac} is a MAC address of six octets. */
export const WIZNET5K = nicClass(function (this: NIC) {
  const values = namedArguments(arguments, 0, arguments.length, ['spi', 'cs', 'reset', 'int', 'mac']);
  if (arguments.length < 3) {
    raiseTypeError('WIZNET5K(spi, pin_cs, pin_rst[, pin_intn])');
  }
  open(this, values, WIZNET_STATUS);
} as unknown as new (spi: unknown, cs: unknown, reset: unknown, interrupt?: unknown, mac?: Uint8Array) => NIC);

/** LAN({spi, cs, int, phy_type: PHY_W5500}); more: reset, mac, phy_addr. */
export const LAN = nicClass(function (this: NIC) {
  const values = namedArguments(arguments, 0, arguments.length, LAN_NAMES);
  const type = values.phy_type;
  if (values.id != null && values.id !== 0) {
    raiseValueError('invalid LAN interface identifier');
  }
  if (type === undefined) {
    throw osError(19, 'ENODEV: no Ethernet here but LAN({spi, cs, phy_type: PHY_W5500})');
  }
  if (!isPhy(type)) {
    raiseValueError('invalid phy type');
  }
  if (type !== PHY_W5500) {
    notSupported('ENOTSUP: no MAC in the processor (RMII), and no driver but for PHY_W5500');
  }
  open(this, values, LAN_STATUS);
} as unknown as new (options?: Record<string, unknown>) => NIC);
