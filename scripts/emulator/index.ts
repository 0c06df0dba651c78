/** All that needs the optional package rp2040js, to be loaded at once or not at all. */

export { Board, type BoardOptions } from './board';
export { deathText } from './death';
export { ProgramWatch } from './errors';
export { PROGRAM_MAX } from './flash';
export { runBoard } from './pace';
export { emulatedPlatform } from './platform';
export { statsText } from './stats';
export { FirmwareError } from './uf2';
export { PlainText } from './usb';
