import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Icmp, Unreachable } from '../../modules/wire/icmp';

test('the numbers of RFC 792', () => {
  assert.equal([Icmp.EchoReply, Icmp.Unreachable, Icmp.EchoRequest], [0, 3, 8]);
  assert.equal(
    [Unreachable.Net, Unreachable.Host, Unreachable.Protocol, Unreachable.Port, Unreachable.FragmentationNeeded],
    [0, 1, 2, 3, 4],
  );
});

test.run();
