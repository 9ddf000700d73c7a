import { execFileSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A certificate with its key, as PEM. */
export interface Identity {
  readonly cert: string;
  readonly key: string;
}

export interface Request {
  /** Subject alternative names; none: the name stands only in the common name. */
  readonly names?: string;
  readonly subject?: string;
  readonly validFrom?: Date;
  readonly validTo?: Date;
  /** Whether it may issue certificates itself. */
  readonly authority?: boolean;
  /** For the holder of this key, not of a new one. */
  readonly key?: string;
  /** Leaves out what tells keys of one holder apart without looking at signatures. */
  readonly withoutKeyIds?: boolean;
}

/** A certificate whose names openssl's `req` reads from its own configuration, for those no command line can say. */
export interface OddRequest {
  /** The lines of the section that names the subject: `2.OU = x`, `+CN = y`. */
  readonly subject: readonly string[];
  /** How text is encoded: `utf8only`, `nombstr`, `default`. */
  readonly encoding?: string;
  readonly names?: string;
  readonly serial?: string;
}

/** A certificate authority of its own, made with the openssl command in a directory that {@link remove} deletes. */
export interface Authority {
  readonly directory: string;
  readonly cert: string;
  readonly certFile: string;
  readonly issue: (request?: Request, issuer?: Identity) => Identity;
  readonly selfSigned: (request?: Request) => Identity;
  readonly selfSignedOdd: (request: OddRequest) => Identity;
  readonly remove: () => void;
}

const DAY_MS = 86_400_000;

export function daysFromNow(days: number): Date {
  return new Date(Math.floor(Date.now() / 1000) * 1000 + days * DAY_MS);
}

export function createAuthority(): Authority {
  const directory = mkdtempSync(join(tmpdir(), 'certificates-'));
  const root = sign(directory, { subject: '/CN=Test Root', authority: true });
  const certFile = join(directory, 'root.pem');
  writeFileSync(certFile, root.cert);
  return {
    directory,
    cert: root.cert,
    certFile,
    issue: (request = {}, issuer = root) => sign(directory, request, issuer),
    selfSigned: (request = {}) => sign(directory, request),
    selfSignedOdd: (request) => signOdd(directory, request),
    remove: () => rmSync(directory, { recursive: true, force: true }),
  };
}

let count = 0;

function sign(directory: string, request: Request, issuer?: Identity): Identity {
  const { subject = '/CN=localhost' } = request;
  const { validFrom = daysFromNow(-1), validTo = daysFromNow(30) } = request;
  const { file, openssl } = workshop(directory);

  writeFileSync(file('key.pem'), request.key ?? newKey());
  openssl('req', '-new', '-key', 'key.pem', '-subj', subject, '-out', 'request.pem');
  writeFileSync(file('index'), '');
  writeFileSync(file('issuer.pem'), issuer?.cert ?? '');
  writeFileSync(file('issuer-key.pem'), issuer?.key ?? readFileSync(file('key.pem')));
  writeFileSync(file('ca.conf'), caConfig(request));
  openssl(
    ...['ca', '-batch', '-config', 'ca.conf', '-in', 'request.pem', '-out', 'cert.pem', '-notext'],
    ...['-startdate', stamp(validFrom), '-enddate', stamp(validTo)],
    ...['-keyfile', 'issuer-key.pem', ...(issuer ? ['-cert', 'issuer.pem'] : ['-selfsign'])],
  );
  return madeIn(file);
}

function signOdd(directory: string, request: OddRequest): Identity {
  const { subject, encoding = 'utf8only', names, serial = '1' } = request;
  const { file, openssl } = workshop(directory);
  const config = `
[req]
prompt = no
utf8 = yes
string_mask = ${encoding}
distinguished_name = subject
[subject]
${subject.join('\n')}
`;
  writeFileSync(file('key.pem'), newKey());
  writeFileSync(file('req.conf'), config);
  openssl(
    ...['req', '-x509', '-config', 'req.conf', '-key', 'key.pem', '-out', 'cert.pem'],
    ...[
      '-days',
      '30',
      '-set_serial',
      serial,
      ...(names ? ['-addext', `subjectAltName=${names}`] : []),
    ],
  );
  return madeIn(file);
}

function newKey(): string {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
  return privateKey.export({ type: 'sec1', format: 'pem' }).toString();
}

function workshop(directory: string) {
  const home = join(directory, String(++count));
  mkdirSync(home);
  return {
    file: (name: string) => join(home, name),
    openssl: (...args: string[]) => execFileSync('openssl', args, { cwd: home, stdio: 'pipe' }),
  };
}

function madeIn(file: (name: string) => string): Identity {
  return {
    cert: readFileSync(file('cert.pem'), 'utf8'),
    key: readFileSync(file('key.pem'), 'utf8'),
  };
}

function caConfig({ names, authority = false, withoutKeyIds }: Request): string {
  return `
[ca]
default_ca = this
[this]
database = index
new_certs_dir = .
default_md = sha256
policy = any
x509_extensions = extensions
unique_subject = no
rand_serial = yes
[any]
countryName = optional
stateOrProvinceName = optional
localityName = optional
organizationName = optional
organizationalUnitName = optional
commonName = supplied
emailAddress = optional
[extensions]
basicConstraints = CA:${authority ? 'TRUE' : 'FALSE'}
${names ? `subjectAltName = ${names}` : ''}
${withoutKeyIds ? 'subjectKeyIdentifier = none\nauthorityKeyIdentifier = none' : ''}
`;
}

function stamp(date: Date): string {
  return date.toISOString().replace(/[-:T]|\.\d+/g, '');
}
