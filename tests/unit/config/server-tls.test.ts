import { writeFileSync } from 'node:fs';
import path from 'node:path';

import { describe, expect, test } from 'vitest';

import { parseBrokerProcess } from '../../../src/config/broker-process.ts';
import { ConfigError } from '../../../src/config/problems.ts';
import { temporaryDirectory } from '../../support/start-broker.ts';
import { testCertificate } from '../../support/test-certificate.ts';

function file(text: string): string {
  const name = path.join(temporaryDirectory(), 'file.pem');
  writeFileSync(name, text);
  return name;
}

function tlsOf(certificate: string | undefined, key: string | undefined) {
  const env = { BROKER_TLS_CERT_FILE: certificate, BROKER_TLS_KEY_FILE: key };
  return parseBrokerProcess(env).broker.tls;
}

function problemsOf(certificate: string | undefined, key: string | undefined): readonly string[] {
  try {
    tlsOf(certificate, key);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
}

/** A valid key that belongs to some other certificate. */
const OTHER_KEY = `-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g
-----END PRIVATE KEY-----
`;

test('certificate and key are read from their files; without both there is no TLS', () => {
  const { certificate, key } = testCertificate;
  expect(tlsOf(file(certificate), file(key))).toEqual({ certificate, key });
  expect(tlsOf(undefined, undefined)).toBeUndefined();
});

describe('a problem of the settings is', () => {
  const certificate = () => file(testCertificate.certificate);
  const key = () => file(testCertificate.key);

  test.each([
    ['one without the other', certificate, () => undefined, 'BROKER_TLS_KEY_FILE'],
    ['the other without the one', () => undefined, key, 'BROKER_TLS_CERT_FILE'],
    ['a file that is not there', () => '/nowhere/cert.pem', key, 'BROKER_TLS_CERT_FILE'],
    ['a key that cannot be read', certificate, temporaryDirectory, 'BROKER_TLS_KEY_FILE'],
    ['a file of something else', () => file('hello'), key, 'BROKER_TLS_CERT_FILE'],
    ['the key of another', certificate, () => file(OTHER_KEY), 'BROKER_TLS_CERT_FILE'],
  ])('%s', (_, certificateFile, keyFile, variable) => {
    const problems = problemsOf(certificateFile(), keyFile());
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(new RegExp(`^${variable}: `));
    expect(problems[0]).not.toContain('PRIVATE');
  });
});
