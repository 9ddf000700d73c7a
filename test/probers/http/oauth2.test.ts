import { generateKeyPairSync, verify } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { http } from '../../../src/probers/http.ts';
import { authorityOfThisFile } from '../../support/file-authority.ts';
import { forThisTest } from '../../support/for-this-test.ts';
import { recorder, urlOf } from '../../support/http-peers.ts';
import { httpServer, httpsServer } from '../../support/servers.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';
import {
  authorizations,
  client,
  json,
  module,
  tokenEndpoint,
} from '../../support/token-endpoint.ts';

const authority = authorityOfThisFile();

describe('an access token', () => {
  test('is fetched with the credentials in a header, and sent to the target', async () => {
    const { server, requests } = await recorder();
    const { requests: asked, token_url } = await tokenEndpoint();
    const oauth2 = {
      ...client,
      token_url,
      scopes: ['read', 'write'],
      endpoint_params: { audience: 'a b', n: '1' },
    };
    const outcome = await module({ oauth2, headers: { 'User-Agent': 'me' } })(urlOf(server));
    expect(outcome.failure).toBeUndefined();
    expect(authorizations(requests)).toEqual(['Bearer token-1']);
    expect(asked).toMatchObject([{ method: 'POST', url: '/token' }]);
    expect(asked[0]?.headers).toMatchObject({
      authorization: `Basic ${Buffer.from('an+id:ca%3Ana%2Fry').toString('base64')}`,
      'content-type': 'application/x-www-form-urlencoded',
      'user-agent': 'me',
    });
    expect(Object.fromEntries(new URLSearchParams(asked[0]?.body))).toEqual({
      grant_type: 'client_credentials',
      scope: 'read write',
      audience: 'a b',
      n: '1',
    });
  });

  test('is kept until it expires, and asked for once by probes at the same time', async () => {
    const { server, requests } = await recorder();
    const { requests: asked, token_url } = await tokenEndpoint();
    const run = module({ oauth2: { ...client, token_url } });
    await Promise.all([run(urlOf(server)), run(urlOf(server)), run(urlOf(server))]);
    await run(urlOf(server));
    expect(asked).toHaveLength(1);
    expect(authorizations(requests)).toEqual(new Array(4).fill('Bearer token-1'));
  });

  test('is fetched anew ten seconds before it expires', async () => {
    const { server } = await recorder();
    const short = await tokenEndpoint(json({ access_token: 'a', expires_in: '9' }));
    const run = module({ oauth2: { ...client, token_url: short.token_url } });
    await run(urlOf(server));
    await run(urlOf(server));
    expect(short.requests).toHaveLength(2);
    const longer = await tokenEndpoint(json({ access_token: 'a', expires_in: '600' }));
    const runLonger = module({ oauth2: { ...client, token_url: longer.token_url } });
    await runLonger(urlOf(server));
    await runLonger(urlOf(server));
    expect(longer.requests).toHaveLength(1);
  });

  test('that the target does not take is not used again', async () => {
    const authorizationsSeen: unknown[] = [];
    const server = await httpServer((request, response) => {
      authorizationsSeen.push(request.headers.authorization);
      response.writeHead(authorizationsSeen.length === 1 ? 401 : 200).end();
    });
    const { token_url } = await tokenEndpoint();
    const run = module({ oauth2: { ...client, token_url } });
    expect((await run(urlOf(server))).failure?.message).toBe('status 401, expected 2xx');
    expect((await run(urlOf(server))).failure).toBeUndefined();
    await run(urlOf(server));
    expect(authorizationsSeen).toEqual(['Bearer token-1', 'Bearer token-2', 'Bearer token-2']);
  });

  test('is kept where another host, which never got it, answers with 401', async () => {
    const stranger = await httpServer((_request, response) => void response.writeHead(401).end());
    const location = `http://localhost:${stranger.port}/`;
    const server = await httpServer(
      (_request, response) => void response.writeHead(302, { location }).end(),
    );
    const { requests: asked, token_url } = await tokenEndpoint();
    const run = module({ oauth2: { ...client, token_url } });
    await run(urlOf(server));
    await run(urlOf(server));
    expect(asked).toHaveLength(1);
  });

  test('is fetched anew when the file with the secret changes', async () => {
    const { server } = await recorder();
    const { requests: asked, token_url } = await tokenEndpoint();
    const directory = await forThisTest(temporaryDirectory());
    const file = await directory.write('secret', 'old\n');
    const run = module({ oauth2: { client_id: 'i', client_secret_file: file, token_url } });
    await run(urlOf(server));
    await run(urlOf(server));
    await writeFile(file, 'newer\n');
    await run(urlOf(server));
    const basic = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`;
    expect(authorizations(asked)).toEqual([basic('i:old'), basic('i:newer')]);
  });

  test('is asked for with the credentials in the body where the header is not taken', async () => {
    const { server, requests } = await recorder();
    const { requests: asked, token_url } = await tokenEndpoint((request, response) => {
      if (request.headers.authorization)
        return json({ error: 'invalid_client' }, 401)(request, response);
      json({ access_token: 'a', expires_in: 1 })(request, response);
    });
    const run = module({ oauth2: { ...client, token_url } });
    await run(urlOf(server));
    await run(urlOf(server));
    expect(authorizations(requests)).toEqual(['Bearer a', 'Bearer a']);
    // The second time it is known what works.
    const styles = asked.map(({ body }) => new URLSearchParams(body).get('client_secret'));
    expect(styles).toEqual([null, 'ca:na/ry', 'ca:na/ry']);
    expect(asked[1]?.headers.authorization).toBeUndefined();
    expect(new URLSearchParams(asked[1]?.body).get('client_id')).toBe('an id');
  });

  test.each([
    [{ access_token: 'a', token_type: 'bearer' }, 'Bearer a'],
    [{ access_token: 'a', token_type: 'MAC' }, 'MAC a'],
    [{ access_token: 'a' }, 'Bearer a'],
  ])('%j is sent as %s', async (fields, expected) => {
    const { server, requests } = await recorder();
    const { token_url } = await tokenEndpoint(json(fields));
    await module({ oauth2: { ...client, token_url } })(urlOf(server));
    expect(authorizations(requests)).toEqual([expected]);
  });

  test('may come as a form', async () => {
    const { server, requests } = await recorder();
    const { token_url } = await tokenEndpoint((_request, response) => {
      response.setHeader('content-type', 'application/x-www-form-urlencoded; charset=utf-8');
      response.end('access_token=a%2Fb&expires_in=100');
    });
    await module({ oauth2: { ...client, token_url } })(urlOf(server));
    expect(authorizations(requests)).toEqual(['Bearer a/b']);
  });

  test('trap 21: does not go to another host', async () => {
    const { server: stranger, requests } = await recorder();
    const location = `http://localhost:${stranger.port}/`;
    const server = await httpServer(
      (_request, response) => void response.writeHead(302, { location }).end(),
    );
    const { token_url } = await tokenEndpoint();
    await module({ oauth2: { ...client, token_url } })(urlOf(server));
    expect(authorizations(requests)).toEqual([undefined]);
  });

  test('comes from an endpoint with TLS settings of its own', async () => {
    const { server, requests } = await recorder();
    const endpoint = await httpsServer(
      authority().issue({ names: 'DNS:localhost' }),
      (_request, response) => void response.end('{"access_token": "a"}'),
    );
    const token_url = `https://localhost:${endpoint.port}/`;
    const tls_config = { ca_file: authority().certFile };
    await module({ oauth2: { ...client, token_url, tls_config } })(urlOf(server));
    expect(authorizations(requests)).toEqual(['Bearer a']);
    const outcome = await module({ oauth2: { ...client, token_url }, tls_config })(urlOf(server));
    expect(outcome.failure?.reason).toBe('certificate');
    expect(outcome.failure?.message).toContain('the token endpoint: ');
    expect(outcome.value('probe_ssl_earliest_cert_expiry')).toBeUndefined();
  });

  test('is asked for through the proxy of oauth2, which looks up the name', async () => {
    const { server, requests } = await recorder();
    const { server: proxy, requests: proxied } = await tokenEndpoint();
    const token_url = 'http://idp.invalid/token';
    const oauth2 = { ...client, token_url, proxy_url: urlOf(proxy) };
    const outcome = await module({ oauth2 })(urlOf(server));
    expect(outcome.failure).toBeUndefined();
    expect(authorizations(requests)).toEqual(['Bearer token-1']);
    expect(proxied.map(({ url }) => url)).toEqual([token_url]);
  });
});

describe('the grant type jwt-bearer', () => {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const key = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  const grant_type = 'urn:ietf:params:oauth:grant-type:jwt-bearer';
  const decoded = (part = '') => JSON.parse(Buffer.from(part, 'base64url').toString());

  test.each(['RS256', 'RS384', 'RS512'])('signs who it is with %s', async (algorithm) => {
    const { server, requests } = await recorder();
    const { requests: asked, token_url } = await tokenEndpoint();
    const oauth2 = {
      client_id: 'me',
      grant_type,
      client_certificate_key: key,
      client_certificate_key_id: 'key 1',
      signature_algorithm: algorithm,
      scopes: ['read'],
      claims: { tier: 1, nested: { a: true } },
      token_url,
    };
    await module({ oauth2 })(urlOf(server));
    expect(authorizations(requests)).toEqual(['Bearer token-1']);
    const form = new URLSearchParams(asked[0]?.body);
    expect(form.get('grant_type')).toBe(grant_type);
    expect(form.get('scope')).toBe('read');
    const [header, claims, signature = ''] = form.get('assertion')?.split('.') ?? [];
    expect(decoded(header)).toEqual({ alg: algorithm, typ: 'JWT', kid: 'key 1' });
    const { iat, exp, jti, ...others } = decoded(claims);
    expect(others).toEqual({
      iss: 'me',
      sub: 'me',
      aud: token_url,
      scope: 'read',
      tier: 1,
      nested: { a: true },
    });
    expect(Math.abs(iat - Date.now() / 1000)).toBeLessThan(60);
    expect(exp - iat).toBe(600);
    expect(jti).toMatch(/^[\da-f-]{36}$/);
    const signed = Buffer.from(`${header}.${claims}`);
    const hash = `RSA-SHA${algorithm.slice(2)}`;
    expect(verify(hash, signed, publicKey, Buffer.from(signature, 'base64url'))).toBe(true);
  });

  test('reads its key from a file, and says where that is none', async () => {
    const { server } = await recorder();
    const { requests: asked, token_url } = await tokenEndpoint();
    const directory = await forThisTest(temporaryDirectory());
    const client_certificate_key_file = await directory.write('key.pem', key);
    const oauth2 = { client_id: 'me', iss: 'us', audience: 'them', grant_type, token_url };
    const run = module({ oauth2: { ...oauth2, client_certificate_key_file } });
    expect((await run(urlOf(server))).failure).toBeUndefined();
    const claims = new URLSearchParams(asked[0]?.body).get('assertion')?.split('.')[1];
    expect(decoded(claims)).toMatchObject({ iss: 'us', sub: 'me', aud: 'them' });
    await writeFile(client_certificate_key_file, 'canary');
    expect((await run(urlOf(server))).failure?.message).toBe(
      'oauth2.client_certificate_key_file holds no RSA private key in PEM',
    );
  });
});

describe('the configuration of oauth2', () => {
  const grant_type = 'urn:ietf:params:oauth:grant-type:jwt-bearer';
  const full = { ...client, token_url: 'https://idp.example/token' };

  test.each([
    [{ ...full, client_id: '' }, 'at path client_id: expected text that is not empty'],
    [{ client_id: 'i' }, 'at path token_url'],
    [{ ...full, token_url: 'idp' }, 'expected a URL such as'],
    [{ ...full, client_secret_file: 'f' }, 'at most one of client_secret and client_secret_file'],
    [{ ...full, client_secret_ref: 'r' }, 'there are no secret providers here'],
    [{ ...full, client_certificate_key_ref: 'r' }, 'there are no secret providers here'],
    [{ ...full, grant_type: 'password' }, 'at path grant_type'],
    [{ ...full, grant_type }, 'needs client_certificate_key or client_certificate_key_file'],
    [{ ...full, grant_type, client_certificate_key: 'k' }, 'is no RSA private key in PEM'],
    [
      { ...full, grant_type, client_certificate_key: 'k', client_certificate_key_file: 'f' },
      'at most one of client_certificate_key and client_certificate_key_file',
    ],
    [{ ...full, signature_algorithm: 'ES256' }, 'at path signature_algorithm'],
    [{ ...full, scopes: ['a'], endpoint_params: { scope: 'b' } }, 'is set by scopes already'],
    [{ ...full, proxy_from_environment: true, proxy_url: 'http://p' }, 'at most one of proxy_url'],
    [{ ...full, tls_config: { cert: 'x' } }, 'needs both cert'],
    [{ ...full, tokenurl: 'x' }, 'Unrecognized key'],
  ])('refuses %j', (oauth2, message) => {
    const issues = http.options.safeParse({ oauth2 }).error?.issues ?? [];
    const said = issues.map(
      ({ path, message }) => `at path ${path.slice(1).join('.')}: ${message}`,
    );
    expect(said.join('\n')).toContain(message.replace(/: expected text.*/, ''));
  });

  test('is one of the ways to authenticate, of which only one can be set', () => {
    const { error } = http.options.safeParse({ oauth2: full, bearer_token: 't' });
    expect(error?.issues[0]?.message).toContain('at most one of basic_auth, authorization, oauth2');
  });

  test('shows no secret', () => {
    const oauth2 = { ...full, endpoint_params: { password: 'ca:na/ry' } };
    expect(JSON.stringify(http.options.parse({ oauth2 }))).not.toContain('ca:na');
  });
});
