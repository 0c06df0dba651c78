/** What a byte costs on an engine, step by step: the functions that the bench calls, as a bundle has them. */

export { copyOf, findByte } from '../../modules/wire/bytes';
export { sum16 } from '../../modules/wire/checksum';
export { fcs16 } from '../../modules/wire/fcs';
export { escapeInto, unescapeDown } from '../../modules/wire/hdlc';
export { createEncoder, encodeFrame } from '../../modules/ppp/encoder';
export { createFramer, framerInput, framerReset } from '../../modules/ppp/framer';
