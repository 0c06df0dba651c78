// Dials a cellular modem on UART1 (tx GP8, rx GP9) and fetches a page. Load it behind dist/kaluma/ppp.js.
const { UART, PPP } = require('micronic');
const http = require('http');

const APN = 'internet';
const COMMANDS = ['ATE0', `AT+CGDCONT=1,"IP","${APN}"`, 'ATD*99#'];
const uart = new UART(1, { baudrate: 115200, tx: 8, rx: 9 });

/** Sends each command and waits for its OK, or the last one's CONNECT; done(null), or done(what failed). */
function dial(commands, done) {
  let heard = '';
  let timer = setTimeout(() => ((timer = null), finish('no answer to ' + commands[0])), 60000);
  const finish = (failure) => {
    uart.irq(null);
    if (timer !== null) clearTimeout(timer); // Not inside its own callback: firmware 1.2.1 would not survive it.
    done(failure);
  };
  uart.irq(() => {
    heard += String.fromCharCode.apply(null, uart.read());
    if (/(ERROR|NO CARRIER|BUSY).*\r\n/.test(heard)) return finish(commands[0] + ': ' + heard.trim());
    if (heard.indexOf(commands.length > 1 ? 'OK\r\n' : 'CONNECT') < 0) return;
    heard = '';
    commands.shift();
    if (commands.length) uart.write(commands[0] + '\r');
    else finish(null);
  }, UART.IRQ_RXIDLE);
  uart.write(commands[0] + '\r');
}

const ppp = new PPP(uart);
ppp.on('error', (e) => console.log(e.phase, e.reason));
ppp.on('connected', () => http.get({ host: 'example.com', port: 80, path: '/' }, (r) => console.log(r.statusCode)));

dial(COMMANDS, (failure) => {
  if (failure) console.log(failure);
  else ppp.connect();
});
