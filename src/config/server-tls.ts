import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createSecureContext } from 'node:tls';

import type { Problems } from './problems.ts';

export interface ServerTlsFiles {
  /** PEM, both. */
  readonly certificate: string;
  readonly key: string;
}

/** Reads what a server proves its identity with; undefined if it is not to, or if something is wrong. */
export function readServerTls(
  certificateFile: string | undefined,
  keyFile: string | undefined,
  problems: Problems,
): ServerTlsFiles | undefined {
  if (certificateFile === undefined && keyFile === undefined) return undefined;
  const certificate = readPem('BROKER_TLS_CERT_FILE', certificateFile, problems);
  const key = readPem('BROKER_TLS_KEY_FILE', keyFile, problems);
  if (certificate === undefined || key === undefined) return undefined;
  if (belongTogether(certificate, key)) return { certificate, key };
  problems.add(
    'BROKER_TLS_CERT_FILE',
    'is no PEM certificate that BROKER_TLS_KEY_FILE is the key of',
  );
  return undefined;
}

/** What OpenSSL has to say of files that do not helps nobody. */
function belongTogether(certificate: string, key: string): boolean {
  try {
    createSecureContext({ cert: certificate, key });
    return new X509Certificate(certificate).checkPrivateKey(createPrivateKey(key));
  } catch {
    return false;
  }
}

function readPem(
  variable: string,
  file: string | undefined,
  problems: Problems,
): string | undefined {
  if (file === undefined) {
    problems.add(variable, 'must be set too: TLS needs a certificate and its key');
    return undefined;
  }
  try {
    return readFileSync(file, 'utf8');
  } catch {
    problems.add(variable, 'this file cannot be read');
    return undefined;
  }
}
