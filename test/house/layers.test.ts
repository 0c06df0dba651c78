import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { checkLayers } from '../../scripts/check-layers.mjs';
import { runNode, withFiles } from './temp';

const test = suite('check-layers');

/** The problems as `file:line text`, warnings left out. */
function problems(files: Record<string, string>): string[] {
  return withFiles(files, checkLayers)
    .filter(({ warning }) => !warning)
    .map(({ file, line, text }) => `${file}:${line} ${text}`);
}

test('imports that point left are fine', () => {
  assert.equal(
    problems({
      'modules/wire/bytes.ts': "import { a } from './fcs';\n",
      'modules/ppp/link.ts': "import { a } from '../wire/bytes';\nexport * from './lcp';\n",
      'modules/modem/at.ts': "import { a } from '../ppp/link';\n",
      'modules/network/ppp.ts': "import { a } from '../inet/stack';\nimport { b } from '../modem/at';\n",
      'modules/socket/net.ts': "import { a } from '../inet/stack';\nimport { b } from '../network/host';\n",
      'board-targets/target.ts': "import type { A } from '../modules/network/ppp';\n",
      'board-targets/kaluma-rp2/ppp.ts': "import { A } from '../target';\nimport { UART } from 'uart';\n",
      'board-targets/node/index.ts': "import { a } from '../../modules/socket/net';\nimport fs from 'node:fs';\n",
      'scripts/cli/main.ts': "import { a } from '../../board-targets/node/index';\n",
    }),
    [],
  );
});

test('imports that point right or across are not', () => {
  assert.equal(
    problems({
      'modules/wire/bytes.ts': "\nimport { a } from '../ppp/link';\n",
      'modules/ppp/link.ts': "import type { A } from '../inet/stack';\n",
      'modules/ethernet/arp.ts': "export * from '../ppp/link';\n",
      'modules/inet/stack.ts': "let a: import('../network/nic').Nic;\n",
      'modules/modem/at.ts': "const a = import('../network/nic');\n",
      'modules/socket/net.ts': "import { a } from '../../board-targets/target';\n",
      'modules/network/nic.ts': "import { a } from '../socket/net';\nimport { b } from '../../board-targets/target';\n",
      'board-targets/node/index.ts': "import { a } from '../kaluma-rp2/ppp';\n",
      'board-targets/target.ts': "import { a } from './node/index';\n",
      'board-targets/kaluma-rp2/ppp.ts': "import { a } from '../../scripts/cli/main';\n",
    }),
    [
      "modules/ethernet/arp.ts:1 ethernet may not import ppp ('../ppp/link')",
      "modules/inet/stack.ts:1 inet may not import network ('../network/nic')",
      "modules/modem/at.ts:1 modem may not import network ('../network/nic')",
      "modules/network/nic.ts:1 network may not import socket ('../socket/net')",
      "modules/network/nic.ts:2 modules may not import board-targets ('../../board-targets/target')",
      "modules/ppp/link.ts:1 ppp may not import inet ('../inet/stack')",
      "modules/socket/net.ts:1 modules may not import board-targets ('../../board-targets/target')",
      "modules/wire/bytes.ts:2 wire may not import ppp ('../ppp/link')",
      "board-targets/kaluma-rp2/ppp.ts:1 board-targets/kaluma-rp2 may not import scripts ('../../scripts/cli/main')",
      "board-targets/node/index.ts:1 board-targets/node may not import board-targets/kaluma-rp2 ('../kaluma-rp2/ppp')",
      "board-targets/target.ts:1 board-targets may not import board-targets/node ('./node/index')",
    ],
  );
});

test('boards have no packages, and modules are in a layer', () => {
  assert.equal(
    problems({
      'modules/wire/a.ts': "import fs from 'node:fs';\n",
      'modules/index.ts': '',
      'modules/extra/a.ts': '',
      'board-targets/kaluma-rp2/ppp.ts': "import { a } from 'left-pad';\n",
    }).map((line) => line.replace(/: .*/, '')),
    [
      'modules/extra/a.ts:1 modules/extra is no layer',
      'modules/index.ts:1 modules/index.ts is no layer',
      "modules/wire/a.ts:1 modules/wire may not import the package 'node:fs'",
      "board-targets/kaluma-rp2/ppp.ts:1 board-targets/kaluma-rp2 may not import the package 'left-pad'",
    ],
  );
});

test('the pure layers fetch neither time nor chance', () => {
  const uses = ['Date.now()', 'setTimeout(f, 1)', 'Math.random()', "require('uart')", 'console.log(1)', 'global.x = 1'];
  const text = uses.join(';\n') + ';\n';
  for (const layer of ['wire', 'ppp', 'ethernet', 'inet', 'modem']) {
    assert.equal(
      problems({ [`modules/${layer}/a.ts`]: text }).map((line) => line.replace(/ in modules.*/, '')),
      ['Date', 'setTimeout', 'Math.random', 'require', 'console', 'global'].map(
        (name, i) => `modules/${layer}/a.ts:${i + 1} ${name}`,
      ),
    );
  }
  assert.equal(problems({ 'modules/network/a.ts': text }), []);
});

test('a word in a string, a comment, a member or a local is not a use', () => {
  assert.equal(
    problems({
      'modules/ppp/a.ts':
        "// Date, setTimeout\nconst s = 'Math.random() require';\nfunction process(global: number) { return global; }\n" +
        'process(1);\nconst o = { Date: 1 };\no.Date;\ninterface T { setTimeout(f: () => void): void }\nMath.max(1, 2);\n',
    }),
    [],
  );
});

test('an ambient declaration does not make it a local, and is one use more', () => {
  assert.equal(
    problems({ 'modules/ppp/a.ts': 'declare function setTimeout(f: any): void;\nsetTimeout(0);\n' }).length,
    2,
  );
});

test('long files are warned about, too long ones refused', () => {
  const found = withFiles(
    {
      'modules/wire/a.ts': '\n'.repeat(300),
      'modules/wire/b.ts': '\n'.repeat(301),
      'modules/wire/c.ts': '\n'.repeat(401),
    },
    checkLayers,
  );
  assert.equal(
    found.map(({ file, warning }) => [file, warning]),
    [
      ['modules/wire/b.ts', true],
      ['modules/wire/c.ts', false],
    ],
  );
});

test('the command says where and fails', () => {
  withFiles({ 'modules/wire/a.ts': "import '../ppp/b';\n" }, (root) => {
    const { code, output } = runNode(['scripts/check-layers.mjs', root]);
    assert.is(code, 1);
    assert.is(output, "modules/wire/a.ts:1 wire may not import ppp ('../ppp/b')\n");
  });
  withFiles({ 'modules/wire/a.ts': '' }, (root) => assert.is(runNode(['scripts/check-layers.mjs', root]).code, 0));
});

test.run();
