/** The edges of the address space, where rp2040js is more lenient than the chip. */

import type { RP2040 } from 'rp2040js';

const ROM_END = 0x4000;
const FLASH_ADDRESS = 0x10000000;
const FLASH_END = 0x14000000;
const RAM_END = 0x20042000;
const PERIPHERALS = 0x40000000;
const PERIPHERALS_END = 0x60000000;
const CORE_LOCAL = 0xd0000000;

const isNowhereToRead = (at: number): boolean =>
  (at >= ROM_END && at < FLASH_ADDRESS) ||
  (at >= RAM_END && at < PERIPHERALS) ||
  (at >= PERIPHERALS_END && at < CORE_LOCAL);

/**
 * Writes to ROM and flash do nothing, as on the chip (its USB driver writes through a null pointer at each control
 * transfer); accesses to where nothing is are a bus fault.
 */
export function guardBus(chip: RP2040, onFault: (access: string) => void): void {
  for (const write of ['writeUint8', 'writeUint16', 'writeUint32'] as const) {
    const original = chip[write].bind(chip);
    chip[write] = (address, value) => {
      const at = address >>> 0;
      if (at >= RAM_END && at < PERIPHERALS) {
        onFault(`a write to 0x${at.toString(16)}, where nothing is`);
      } else if (at >= FLASH_END) {
        original(at, value);
      }
    };
  }
  for (const read of ['readUint8', 'readUint16', 'readUint32'] as const) {
    const original = chip[read].bind(chip);
    chip[read] = (address) => {
      const at = address >>> 0;
      if (isNowhereToRead(at)) {
        onFault(`a read of 0x${at.toString(16)}, where nothing is`);
        return 0;
      }
      return original(at);
    };
  }
}
