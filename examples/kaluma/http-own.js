// Fetches a page and serves one, by http of our own: chunks both ways. Load it behind dist/kaluma/http.js.
const { UART, PPP, http } = require('micronic');

const ppp = new PPP(new UART(0, { baudrate: 115200, tx: 0, rx: 1 }));

ppp.on('connected', () => {
  const request = http.get('http://gateway.micronic:8080/', (response) => {
    let bytes = 0;
    response.on('data', (piece) => (bytes += piece.length));
    response.on('end', () => console.log(response.statusCode, bytes, 'bytes'));
  });
  request.on('error', (e) => console.log(e.code));
  http.createServer((request, response) => request.pipe(response)).listen(80);
});
ppp.on('error', (e) => console.log(e.phase, e.reason));
ppp.connect();
