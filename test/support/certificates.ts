import { execFileSync } from 'node:child_process';
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
}

/** A certificate authority of its own, made with the openssl command in a directory that {@link remove} deletes. */
export interface Authority {
  readonly directory: string;
  readonly cert: string;
  readonly certFile: string;
  readonly issue: (request?: Request, issuer?: Identity) => Identity;
  readonly selfSigned: (request?: Request) => Identity;
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
    remove: () => rmSync(directory, { recursive: true, force: true }),
  };
}

let count = 0;

function sign(directory: string, request: Request, issuer?: Identity): Identity {
  const { names, subject = '/CN=localhost', authority = false } = request;
  const { validFrom = daysFromNow(-1), validTo = daysFromNow(30) } = request;
  const home = join(directory, String(++count));
  mkdirSync(home);
  const file = (name: string) => join(home, name);
  const openssl = (...args: string[]) =>
    execFileSync('openssl', args, { cwd: home, stdio: 'pipe' });

  openssl('ecparam', '-name', 'prime256v1', '-genkey', '-noout', '-out', 'key.pem');
  openssl('req', '-new', '-key', 'key.pem', '-subj', subject, '-out', 'request.pem');
  writeFileSync(file('index'), '');
  writeFileSync(file('issuer.pem'), issuer?.cert ?? '');
  writeFileSync(file('issuer-key.pem'), issuer?.key ?? readFileSync(file('key.pem')));
  writeFileSync(file('ca.conf'), caConfig({ names, authority }));
  openssl(
    ...['ca', '-batch', '-config', 'ca.conf', '-in', 'request.pem', '-out', 'cert.pem', '-notext'],
    ...['-startdate', stamp(validFrom), '-enddate', stamp(validTo)],
    ...['-keyfile', 'issuer-key.pem', ...(issuer ? ['-cert', 'issuer.pem'] : ['-selfsign'])],
  );
  return {
    cert: readFileSync(file('cert.pem'), 'utf8'),
    key: readFileSync(file('key.pem'), 'utf8'),
  };
}

function caConfig({ names, authority }: { names: string | undefined; authority: boolean }): string {
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
`;
}

function stamp(date: Date): string {
  return date.toISOString().replace(/[-:T]|\.\d+/g, '');
}
