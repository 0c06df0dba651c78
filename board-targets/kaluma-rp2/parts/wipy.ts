/** A part: class WLANWiPy. */

import { wipyFace } from '../../../modules/network/wipy-face';
import { addToCard } from '../card';

addToCard('wipy', ['WLAN'], function (_host, card) {
  card.WLANWiPy = card.WLANWiPy || wipyFace(card.WLAN as never);
});
