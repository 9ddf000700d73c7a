import { describe, expect, test } from 'vitest';
import { parseConfig } from '../../src/config/parse.ts';
import { admit } from '../../src/config/policy/admission.ts';
import { printConfig } from '../../src/config/print.ts';
import type { Place, Whereabouts } from '../../src/probers/shared/gate.ts';

type Policy = Readonly<Record<string, unknown>>;

/** What the policy says of a place; by name first where it has one, as a probe asks. */
function decide(
  policy: Policy | undefined,
  { ip, hidden, module = 'web', hostname = '', ...given }: Partial<Place> & Asked,
): string {
  const text = JSON.stringify({
    probe_policy: policy,
    modules: { web: { prober: 'http' }, we: { prober: 'http' }, other: { prober: 'http' } },
  });
  const config = parseConfig({ file: 'policy.yml', text });
  const found = config.modules.get(module);
  if (!found) throw new Error(`there is no module ${module}`);
  const terms = { credentialsToAnyTarget: false, hostname };
  const admission = admit(config, { module: found, target: 'x' }, terms);
  if ('refusal' in admission) return admission.refusal;
  const { gate } = admission;
  const place: Place = {
    role: 'target',
    scheme: 'https',
    host: ip ?? 'x.test',
    port: 443,
    ...given,
  };
  const before = gate.refusal(place, 'not looked up yet');
  const address: Whereabouts | undefined = ip
    ? { ip, family: ip.includes(':') ? 6 : 4 }
    : undefined;
  const after = gate.refusal(
    place,
    hidden ? 'looked up by a proxy' : (address ?? 'not looked up yet'),
  );
  const told = after ?? before;
  const { sentence } = gate.refused ?? {};
  // Where a redirect leads is for the log alone.
  expect(told).toBe(place.role === 'redirect' ? sentence?.split(':')[0] : sentence);
  return sentence ?? 'permitted';
}

interface Asked {
  readonly ip?: string;
  readonly hidden?: boolean;
  readonly module?: string;
  readonly hostname?: string;
}

const METADATA = '169.254.169.254';

describe('without a policy', () => {
  test.each(['192.0.2.1', '10.0.0.1', '127.0.0.1', '::1', 'fd00::1', '2001:db8::1', '224.0.0.1'])(
    '%s is permitted',
    (ip) => expect(decide(undefined, { ip })).toBe('permitted'),
  );

  test.each([
    METADATA,
    '169.254.0.1',
    '169.254.255.255',
    'fe80::1',
    'fe80::1%eth0',
    'febf::1',
    '100.100.100.200',
    '168.63.129.16',
    '192.0.0.192',
    'fd00:ec2::254',
    'fd00:ec2::23',
    'fd20:ce::254',
    'fd00:c1::a9fe:a9fe',
    'fd00:42::42',
    'fd00:100::100:200',
    'fd00:a9fe:a9fe::1',
    '::ffff:169.254.169.254',
    '64:ff9b::a9fe:a9fe',
    '2002:a9fe:a9fe::1',
  ])('%s is refused', (ip) => {
    expect(decide(undefined, { ip })).toMatch(
      /^probe_policy refuses the target: its address is in (?:cloud-metadata|link-local) \(/,
    );
  });

  test('what a proxy looks up is permitted', () => {
    expect(decide(undefined, { hidden: true })).toBe('permitted');
  });
});

describe('what is always refused', () => {
  test.each([
    ['*', false],
    ['0.0.0.0/0', false],
    ['169.0.0.0/8', false],
    // Meant for other devices than the one that knows the secrets of the cloud.
    ['link-local', false],
    ['169.254.0.0/16', false],
    ['cloud-metadata', true],
    [METADATA, true],
    [`${METADATA}/32`, true],
    [{ networks: [METADATA], ports: [443] }, true],
    [{ networks: [METADATA], ports: [80] }, false],
    [{ networks: [METADATA], modules: ['other'] }, false],
  ])('is opened by allow: [%j]: %s', (entry, isOpen) => {
    expect(decide({ allow: ['*', entry] }, { ip: METADATA }) === 'permitted').toBe(isOpen);
  });

  test.each([
    ['link-local', true],
    ['169.254.1.0/24', true],
    ['169.254.2.0/24', false],
    ['169.0.0.0/8', false],
  ])('as a device on the same link: allow: [%s]: %s', (entry, isOpen) => {
    expect(decide({ allow: [entry] }, { ip: '169.254.1.9' }) === 'permitted').toBe(isOpen);
  });

  test('stays so where deny has it, too', () => {
    const policy = { allow: [METADATA], deny: ['link-local'] };
    expect(decide(policy, { ip: METADATA })).toContain('"deny" has');
  });
});

describe('an entry', () => {
  test.each<[string | object, Partial<Place> & Asked, boolean]>([
    ['loopback', { ip: '127.9.9.9' }, true],
    ['loopback', { ip: '::1' }, true],
    ['loopback', { ip: '0.0.0.0' }, true],
    ['loopback', { ip: '::' }, true],
    ['loopback', { ip: '128.0.0.1' }, false],
    ['private', { ip: '172.31.1.1' }, true],
    ['private', { ip: '100.64.1.1' }, true],
    ['private', { ip: 'fd12::1' }, true],
    ['private', { ip: '192.0.2.1' }, false],
    ['unspecified', { ip: '::' }, true],
    ['unspecified', { ip: '::1' }, false],
    ['multicast', { ip: 'ff02::1' }, true],
    ['multicast', { ip: '239.1.1.1' }, true],
    ['reserved', { ip: '255.255.255.255' }, true],
    ['198.51.100.7', { ip: '198.51.100.7' }, true],
    ['2001:db8::/32', { ip: '2001:db8:1::1' }, true],
    ['*.example.com', { ip: '192.0.2.1', host: 'A.Example.com.' }, true],
    ['*.example.com', { ip: '192.0.2.1', host: 'example.com' }, false],
    ['*.Example.COM.', { ip: '192.0.2.1', host: 'a.example.com' }, true],
    ['bücher.example', { ip: '192.0.2.1', host: 'xn--bcher-kva.example' }, true],
    ['*.bücher.example', { ip: '192.0.2.1', host: 'a.xn--bcher-kva.example' }, true],
    ['*', { ip: '2001:db8::1' }, true],
    [{ ports: [443] }, { ip: '192.0.2.1' }, true],
    [{ ports: ['443'] }, { ip: '192.0.2.1' }, true],
    [{ ports: ['8000-9000', 22] }, { ip: '192.0.2.1', port: 8500 }, true],
    [{ ports: ['8000-9000', 22] }, { ip: '192.0.2.1', port: 9001 }, false],
    [{ schemes: ['https', 'wss'] }, { ip: '192.0.2.1' }, true],
    [{ schemes: ['http'] }, { ip: '192.0.2.1' }, false],
    [{ modules: ['we*'] }, { ip: '192.0.2.1' }, true],
    [{ modules: ['we'] }, { ip: '192.0.2.1' }, false],
    [{ hosts: ['x.test'], networks: ['private'] }, { ip: '10.0.0.1', host: 'x.test' }, true],
    [{ hosts: ['x.test'], networks: ['private'] }, { ip: '192.0.2.1', host: 'x.test' }, false],
    [{ hosts: ['x.test'], networks: ['private'] }, { ip: '10.0.0.1', host: 'y.test' }, false],
    [{ networks: ['private', '192.0.2.0/24'], ports: [1, 443] }, { ip: '192.0.2.9' }, true],
  ])('%j is about %j: %s', (entry, asked, isAbout) => {
    expect(decide({ deny: [entry] }, asked) !== 'permitted', 'denied').toBe(isAbout);
    expect(decide({ allow: [entry] }, asked) === 'permitted', 'allowed').toBe(isAbout);
    expect(decide({ allow: [entry], deny: [entry] }, asked), 'both').not.toBe('permitted');
  });

  test.each([
    ['64:ff9b::10.0.0.1', true, true],
    ['::ffff:10.0.0.1', true, true],
    ['::10.0.0.1', true, false],
    ['2002:a00:1::1', true, false],
    ['64:ff9b:1::10.0.0.1', true, false],
  ])('for 10.0.0.0/8 denies %s: %s, allows it: %s', (ip, denies, allows) => {
    expect(decide({ deny: ['10.0.0.0/8'] }, { ip }) !== 'permitted').toBe(denies);
    expect(decide({ allow: ['10.0.0.0/8'] }, { ip }) === 'permitted').toBe(allows);
  });
});

describe('a name that a proxy looks up', () => {
  const hidden = { hidden: true, host: 'a.example.com' } as const;

  test.each<[Policy, boolean]>([
    [{}, true],
    [{ deny: ['private'] }, false],
    [{ deny: [{ networks: ['private'], ports: [80] }] }, true],
    [{ deny: ['private'], allow: ['*.example.com'] }, true],
    [{ deny: ['private'], allow: [{ hosts: ['*'], networks: ['192.0.2.0/24'] }] }, false],
    [
      { deny: ['private'], allow: [{ hosts: ['*'], networks: ['192.0.2.1'] }, { ports: [443] }] },
      false,
    ],
    [{ deny: ['other.example.com'] }, true],
    [{ deny: ['*.example.com'] }, false],
    [{ allow: ['192.0.2.0/24'] }, false],
    [{ allow: ['*.example.com'] }, true],
  ])('is permitted by %j: %s', (policy, isPermitted) => {
    expect(decide(policy, hidden) === 'permitted').toBe(isPermitted);
  });
});

describe('the name given by "hostname"', () => {
  test('counts for deny, as the name of the target', () => {
    const asked = { ip: '192.0.2.1', hostname: 'db.internal' };
    expect(decide({ deny: ['*.internal'] }, asked)).toContain('"deny" has "*.internal"');
    expect(decide({ deny: ['*.other'] }, asked)).toBe('permitted');
    expect(decide({ deny: ['*.internal'] }, { ...asked, role: 'redirect' })).toBe('permitted');
  });

  test.each([
    'db.internal:80',
    'db.internal:',
    'DB.internal.',
    'db.internal.:8080',
    ' db.internal',
  ])('counts as %j too', (hostname) => {
    const asked = { ip: '192.0.2.1', hostname };
    expect(decide({ deny: ['*.internal'] }, asked)).toContain('"deny" has "*.internal"');
  });

  test('opens nothing', () => {
    const asked = { ip: '192.0.2.1', hostname: 'a.example.com' };
    expect(decide({ allow: ['*.example.com'] }, asked)).toContain('nothing that "allow" has');
  });
});

describe('proxies and token endpoints', () => {
  test.each(['proxy', 'token endpoint'] as const)(
    'need not be allowed, but not be denied: %s',
    (role) => {
      const asked = { role, ip: '10.0.0.1', host: 'x.test' };
      expect(decide({ allow: ['*.example.com'] }, asked)).toBe('permitted');
      expect(decide({ deny: ['private'] }, asked)).toBe(
        `probe_policy refuses the ${role}: its address is in private (10.0.0.0/8), which "deny" has`,
      );
      expect(decide(undefined, { role, ip: METADATA })).toContain('cloud-metadata');
    },
  );

  test('a place that is redirected to has to be allowed', () => {
    const asked = { role: 'redirect', ip: '192.0.2.1' } as const;
    expect(decide({ allow: ['198.51.100.0/24'] }, asked)).toBe(
      'probe_policy refuses the place it redirects to: nothing that "allow" has covers it',
    );
  });
});

test('is printed as it may stand in the file', () => {
  const deny = [
    'loopback',
    '10.0.0.0/8',
    '*.internal',
    { networks: ['private'], ports: [22, '80-90'] },
  ];
  const allow = [{ hosts: ['a.test', 'b.test'] }, { schemes: ['https'], modules: ['web*'] }];
  const policy = { configured_only: true, deny, allow };
  const config = parseConfig({
    file: 'policy.yml',
    text: JSON.stringify({ probe_policy: policy, modules: {} }),
  });
  const printed = printConfig(config);
  expect(printConfig(parseConfig({ file: 'printed.yml', text: printed }))).toBe(printed);
  for (const text of [
    'configured_only: true',
    '- loopback',
    '- 80-90',
    "- '*.internal'",
    '- web*',
  ]) {
    expect(printed).toContain(text);
  }
});

test.each(['probe_policy:', 'probe_policy: {deny: , allow: }', ''])('%j says nothing', (line) => {
  const config = parseConfig({ file: 'policy.yml', text: `${line}\nmodules: {}\n` });
  expect(config.probePolicy).toEqual({ configured_only: false, deny: [], allow: [] });
});
