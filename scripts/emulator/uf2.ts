/** The two files that a user brings: the firmware as UF2, and the chip's boot ROM. */

const BLOCK_BYTES = 512;
const MAGIC = [0x0a324655, 0x9e5d5157];
const MAGIC_END = 0x0ab16f30;
const FLAG_NOT_FLASH = 0x1;
const FLAG_FAMILY = 0x2000;
const FAMILY_RP2040 = 0xe48bff56;
const FLASH_ADDRESS = 0x10000000;
const PAYLOAD_MAX = 476;

const ROM_BYTES = 16384;
/** 'M', 'u', 1, and then the version. */
const ROM_MAGIC_AT = 0x10;
const ROM_VERSION_B1 = 2;

/** One sentence for people about one of the user's files, which it calls 'it'. */
export class FirmwareError extends Error {
  override name = 'FirmwareError';

  constructor(
    readonly file: 'firmware' | 'bootrom' | 'elf',
    message: string,
  ) {
    super(message);
  }
}

/**
 * Copies the firmware into the flash.
 *
 * @returns what it calls itself, such as 'kaluma-rp2-pico-1.2.1'
 * @throws FirmwareError when it is no UF2 file for the RP2040, or not Kaluma's
 */
export function loadUf2(file: Buffer, flash: Uint8Array): string {
  const word = (block: number, at: number): number => file.readUInt32LE(block + at);
  const isUf2 = file.length >= BLOCK_BYTES && MAGIC.every((magic, i) => word(0, 4 * i) === magic);
  if (!isUf2 || file.length % BLOCK_BYTES) {
    throw new FirmwareError('firmware', 'it is no UF2 file; take the .uf2 of a Kaluma release');
  }
  let end = 0;
  for (let block = 0; block < file.length; block += BLOCK_BYTES) {
    const flags = word(block, 8);
    const at = word(block, 12) - FLASH_ADDRESS;
    const bytes = word(block, 16);
    const isGood = MAGIC.every((magic, i) => word(block, 4 * i) === magic) && word(block, 508) === MAGIC_END;
    if (!isGood || bytes > PAYLOAD_MAX) {
      throw new FirmwareError('firmware', `its block ${block / BLOCK_BYTES} is damaged; fetch it again`);
    }
    if (flags & FLAG_NOT_FLASH) {
      continue;
    }
    if (flags & FLAG_FAMILY && word(block, 28) !== FAMILY_RP2040) {
      throw new FirmwareError('firmware', 'it is for another chip than the RP2040; take the one for board pico');
    }
    if (at < 0 || at + bytes > flash.length) {
      throw new FirmwareError('firmware', 'it lies outside of the flash; take the one for board pico');
    }
    flash.set(file.subarray(block + 32, block + 32 + bytes), at);
    end = Math.max(end, at + bytes);
  }
  const name = /kaluma-[a-z0-9.-]*\d+\.\d+\.\d+[\w.-]*/.exec(Buffer.from(flash.subarray(0, end)).toString('latin1'));
  if (!name) {
    throw new FirmwareError(
      'firmware',
      'it is not a Kaluma firmware; take the .uf2 of a Kaluma release for board pico',
    );
  }
  if (!/^kaluma-rp2-pico-1\.2\./.test(name[0])) {
    throw new FirmwareError(
      'firmware',
      `it is ${name[0]}; take Kaluma 1.2.1 for board pico, which is kaluma-rp2-pico-1.2.1`,
    );
  }
  return name[0];
}

/** @throws FirmwareError when it is not the boot ROM of an RP2040 B1 */
export function checkBootRom(rom: Buffer): void {
  const isRom = rom.length === ROM_BYTES && rom.toString('latin1', ROM_MAGIC_AT, ROM_MAGIC_AT + 3) === 'Mu\x01';
  if (!isRom) {
    throw new FirmwareError('bootrom', 'it is not the boot ROM of an RP2040; take b1.bin of a pico-bootrom release');
  }
  if (rom[ROM_MAGIC_AT + 3] !== ROM_VERSION_B1) {
    const revision = rom[ROM_MAGIC_AT + 3] - 1;
    throw new FirmwareError(
      'bootrom',
      `it is the boot ROM of an RP2040 B${revision}; take b1.bin of a pico-bootrom release`,
    );
  }
}
