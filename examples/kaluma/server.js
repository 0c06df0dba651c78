// Serves a page to any number of clients at a time, over PPP on UART0. Load it behind dist/kaluma/ppp.js.
const { UART, PPP } = require('micronic');
const http = require('http');

const ppp = new PPP(new UART(0, { baudrate: 115200, tx: 0, rx: 1 }));
let served = 0;

const server = http.createServer((request, response) => {
  response.writeHead(200, 'OK', { 'content-type': 'text/plain' });
  response.end(`${request.method} ${request.url}: page ${++served}\n`);
});

ppp.on('connected', () => server.listen(80, () => console.log('http://' + ppp.ipconfig('addr4')[0] + '/')));
ppp.on('error', (e) => console.log(e.phase, e.reason));
ppp.connect();
