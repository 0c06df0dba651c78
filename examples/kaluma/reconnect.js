// A link that comes back by itself, 2 s after it has failed, then after 4, 8 ... 128 s, for ever. Behind a modem, take the
// stream away in 'error', dial, and put it back: the tries wait for it. Load it behind dist/kaluma/socket.js, or behind
// dist/kaluma/ppp.js and dist/kaluma/parts/reconnect.js.
const { UART, PPP } = require('micronic');

const ppp = new PPP(new UART(0, { baudrate: 115200, tx: 0, rx: 1 }));

ppp.config({ keepalive: 20000, reconnects: -1, holdoff: 2000 });
ppp.on('connected', () => console.log('up', ppp.ipconfig('addr4')[0]));
ppp.on('disconnected', (reason) => console.log('down', reason));
ppp.on('error', (e) => console.log('failed', e.phase, e.reason));
ppp.connect();
