/** Names of addresses, from the ELF file that a build of the firmware leaves. */

import { FirmwareError } from './uf2';

const SYMBOL_TABLE = 2;
const FUNCTION = 2;
const SYMBOL_BYTES = 16;

interface FunctionSymbol {
  name: string;
  address: number;
  bytes: number;
}

export class Symbols {
  private readonly addresses = new Map<string, number>();
  private readonly functions: FunctionSymbol[] = [];

  /** @throws FirmwareError when it is no ELF file of 32 bits with symbols */
  constructor(elf: Buffer) {
    try {
      this.read(elf);
    } catch (error) {
      throw new FirmwareError('elf', `it is no ELF file of the firmware (${(error as Error).message})`);
    }
    if (!this.functions.length) {
      throw new FirmwareError('elf', 'it has no symbols; take the one that the build has not stripped');
    }
    this.functions.sort((a, b) => a.address - b.address);
  }

  address(name: string): number | undefined {
    return this.addresses.get(name);
  }

  /** The function that an address lies in; '' when in none. */
  functionAt(address: number): string {
    let low = 0;
    let high = this.functions.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.functions[middle].address <= address) {
        low = middle;
      } else {
        high = middle - 1;
      }
    }
    const found = this.functions[low];
    return address >= found.address && address < found.address + Math.max(2, found.bytes) ? found.name : '';
  }

  private read(elf: Buffer): void {
    if (elf.toString('latin1', 0, 5) !== '\x7fELF\x01') {
      throw new Error('it begins otherwise');
    }
    const sections = elf.readUInt32LE(32);
    const sectionBytes = elf.readUInt16LE(46);
    const section = (index: number): { type: number; at: number; bytes: number; link: number } => {
      const header = sections + index * sectionBytes;
      const [type, at, bytes, link] = [4, 16, 20, 24].map((field) => elf.readUInt32LE(header + field));
      return { type, at, bytes, link };
    };
    for (let index = 0; index < elf.readUInt16LE(48); index++) {
      const table = section(index);
      if (table.type === SYMBOL_TABLE) {
        this.readTable(elf, table.at, table.at + table.bytes, section(table.link).at);
      }
    }
  }

  private readTable(elf: Buffer, from: number, end: number, names: number): void {
    for (let at = from; at < end; at += SYMBOL_BYTES) {
      const nameAt = names + elf.readUInt32LE(at);
      const name = elf.toString('latin1', nameAt, elf.indexOf(0, nameAt));
      const value = elf.readUInt32LE(at + 4);
      if (name) {
        this.addresses.set(name, value);
        if ((elf[at + 12] & 15) === FUNCTION) {
          this.functions.push({ name, address: value & ~1, bytes: elf.readUInt32LE(at + 8) });
        }
      }
    }
  }
}
