import { describe, expect, test } from 'vitest';
import { checkAllowHosts, judgeAddress, showAddress } from '../../src/web/address';
import { isPublicAddress } from '../../src/web/ip-address';

describe('isPublicAddress', () => {
  test.each([
    ['8.8.8.8', true],
    ['172.15.255.255', true],
    ['172.32.0.0', true],
    ['192.0.0.9', true],
    ['192.0.0.8', false],
    ['0.1.2.3', false],
    ['100.64.0.1', false],
    ['198.19.255.255', false],
    ['198.20.0.0', true],
    ['240.0.0.1', false],
    ['::ffff:8.8.8.8', true],
    ['::ffff:192.168.0.9', false],
    ['::127.0.0.1', false],
    ['::ffff:0:10.0.0.1', false],
    ['64:ff9b::808:808', true],
    ['64:ff9b:1::808:808', false],
    ['2002:0a00:0001::', false],
    ['2001:0:4136:e378:8000:63bf:f7f7:f7f7', true], // Teredo of 8.8.8.8
    ['2001:0:4136:e378:8000:63bf:80ff:fffe', false], // Teredo of 127.0.0.1
    ['2001:1::1', true],
    ['2001:2::1', false],
    ['2001:db8::1', false],
    ['3fff::1', false],
    ['2606:2800:21f:cb07::1', true],
    ['fd00::1', false],
    ['ff02::1', false],
    ['5f00::1', false],
    ['not an address', false],
  ])('says of %s: %s', (address, expected) => {
    expect(isPublicAddress(address)).toBe(expected);
  });
});

test('a host that the operator lists is let through, with the port listed and no other', () => {
  const allowHosts = ['127.0.0.1:8123', 'intranet'];

  expect(judgeAddress('http://127.0.0.1:8123/a', allowHosts).port).toBe('8123');
  expect(judgeAddress('http://intranet./a', allowHosts).hostname).toBe('intranet');
  expect(() => judgeAddress('http://127.0.0.1:8124/', allowHosts)).toThrow('port 8124');
  expect(() => judgeAddress('http://127.0.0.1/', allowHosts)).toThrow('not an address of the public internet');
  expect(() => judgeAddress('http://me:x@intranet/', allowHosts)).toThrow('user name or password');
});

test.each(['http://intranet', 'a/b', '*', '', 'host:99999'])('allowHosts refuses %j when the tool is made', (entry) => {
  if (entry === '*') return expect(() => checkAllowHosts('visit', ['a b'])).toThrow('"a b"');
  expect(() => checkAllowHosts('visit', [entry])).toThrow('must be "host" or "host:port"');
});

test('a message never shows user name, password, query or fragment of an address', () => {
  const secret = 'https://me:hunter2@example.com:22/a?key=s3cret#t0ken';

  expect(showAddress(secret)).toBe('https://example.com:22/a');
  expect(() => judgeAddress(secret)).toThrow(/^https:\/\/example\.com:22\/a is refused/);
  expect(() => judgeAddress('//me:hunter2@example.com/a?key=s3cret')).toThrow(/^(?!.*(hunter2|s3cret))/);
});

test('a name under localdomain means something only inside a network', () => {
  expect(() => judgeAddress('http://localhost.localdomain/')).toThrow('names under .localdomain');
});
