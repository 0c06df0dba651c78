/** class WLANWiPy, where class WLAN is in the same bundle. */

import { wipyFace } from './wipy-face';
import { WLAN } from './wlan';

export const WLANWiPy = wipyFace(WLAN);
