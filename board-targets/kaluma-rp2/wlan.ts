/** class WLAN on a Pico W. */

import { platform } from './platform';
import { openRadio } from './radio';

platform._openRadio = openRadio;

export { WLAN, addConstants } from '../../modules/network/wlan';
