// A web page over PPP: `micronic gateway LINE` (or pppd, slirp, a modem in data mode) is at the other end of UART0.
// Load it behind dist/kaluma/ppp.js, as the README says.
const { UART, PPP } = require('micronic');
const http = require('http');

const ppp = new PPP(new UART(0, { baudrate: 115200, tx: 0, rx: 1 }));

ppp.on('connected', () => {
  console.log('address', ppp.ipconfig('addr4')[0]);
  const request = http.request({ host: 'gateway.micronic', port: 8080, path: '/', method: 'GET' }, (response) => {
    let bytes = 0;
    response.on('data', (chunk) => (bytes += chunk.length));
    response.on('close', () => console.log(response.statusCode, bytes, 'bytes'));
  });
  request.end();
});
ppp.on('error', (e) => console.log(e.phase, e.reason));
ppp.connect();
