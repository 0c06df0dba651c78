// A web page over Ethernet: a W5500 (W5500-EVB-Pico's pins) on SPI0.
// Load it behind dist/kaluma/ethernet.js, as the README says for ppp.js.
const { WIZNET5K, hostname } = require('network');
const { SPI } = require('spi');
const http = require('http');

hostname('greenhouse');
const spi = new SPI(0, { baudrate: 20000000, sck: 18, mosi: 19, miso: 16 });
const nic = new WIZNET5K(spi, 17, 20, 21);

nic.on('connected', () => {
  console.log('address', nic.ipconfig('addr4')[0]);
  const request = http.request({ host: '10.0.0.1', port: 8080, path: '/', method: 'GET' }, (response) => {
    let bytes = 0;
    response.on('data', (chunk) => (bytes += chunk.length));
    response.on('close', () => console.log(response.statusCode, bytes, 'bytes'));
  });
  request.end();
});
nic.on('disconnected', (reason) => console.log('gone:', reason));
nic.on('error', (e) => console.log(e.phase, e.reason));
nic.active(true);
