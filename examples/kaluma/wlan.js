// A page over a Pico W's radio. Load it behind dist/kaluma/network.js or wifi.js.
const network = require('network');
const http = require('http');

const SSID = 'my-network';
const KEY = 'my-password';

const wlan = new network.WLAN(network.WLAN.IF_STA);
wlan.active(true);
wlan.on('disconnected', (reason) => console.log('gone:', reason));
wlan.config({ reconnects: -1 });
wlan.connect(SSID, KEY, { timeout: 60000 }, (error) => {
  if (error) {
    console.log('Wi-Fi did not come up in 60 s:', error.reason);
    return;
  }
  console.log('link up', wlan.ipconfig('addr4')[0]);
  http.get({ host: 'example.com', path: '/' }, (response) => console.log(response.statusCode));
});
