// An OAuth 2.0 authorization server for one Synapse, with the paths, the scopes and the answers of MAS.
//
// oidc-provider, a certified implementation, speaks the protocol. This file adds what Matrix needs:
//   * introspection with a shared secret, as Synapse asks for it;
//   * users and devices in Synapse before a token is handed out, and their end at a revocation;
//   * /test/set and /test/decide, by which a test steers it;
//   * with "grace", a refresh token that stays good until the new access token is first used, as on MAS.
//
// usage: node oauth_server.mjs SETTINGS    SETTINGS is JSON: port, homeserver, secret, provider (its module's URL).
// It ends when its standard input does.
import { createServer } from 'node:http';

const settings = Object.assign(
  { access_ttl: 300, device_ttl: 1200, complete: true, pending_status: 400, fail_token: 0, grace: false, refreshes: 0, pending: 0 },
  JSON.parse(process.argv[2]));
const { default: Provider } = await import(settings.provider);
process.stdin.on('end', () => process.exit()).resume();

const issuer = `http://127.0.0.1:${settings.port}`;
const SCOPE = /^urn:matrix:(org\.matrix\.msc2967\.)?client:(api:\*|device:(?<device>[A-Za-z0-9._~-]{10,}))$/;
const deviceOf = (scope) => scope?.split(' ').map((one) => one.match(SCOPE)?.groups.device).find(Boolean);

// What may be granted is what was asked for, as far as it is Matrix's: the scopes of a request differ by device.
function matrixScopes(ctx) {
  const { params = {}, entities = {} } = ctx.oidc;
  const asked = [params.scope, ...['AuthorizationCode', 'DeviceCode', 'RefreshToken'].map((kind) => entities[kind]?.scope)];
  return [...new Set(asked.filter(Boolean).join(' ').split(' '))].filter((scope) => SCOPE.test(scope)).join(' ');
}

const provider = new Provider(issuer, {
  clientDefaults: { token_endpoint_auth_method: 'none', grant_types: ['authorization_code', 'refresh_token'] },
  cookies: { keys: ['test'] },
  discovery: { account_management_uri: `${issuer}/account/` },
  features: {
    deviceFlow: { enabled: true, mask: '******' },
    registration: { enabled: true, issueRegistrationAccessToken: false },
    // As MAS: the answer to an expired access token is 200, and nothing ends.
    revocation: { enabled: true, allowedPolicy: (ctx, client, token) => token.isValid && token.clientId === client.clientId },
    resourceIndicators: {
      enabled: true,
      defaultResource: () => settings.homeserver,
      useGrantedResource: () => true,
      getResourceServerInfo: (ctx) => ({ scope: matrixScopes(ctx), accessTokenFormat: 'opaque' }),
    },
  },
  findAccount: (ctx, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
  issueRefreshToken: (ctx, client) => client.grantTypeAllowed('refresh_token'),
  rotateRefreshToken: () => true,
  revokeGrantPolicy: () => true,
  routes: {
    authorization: '/authorize', token: '/oauth2/token', registration: '/oauth2/registration',
    device_authorization: '/oauth2/device', code_verification: '/link', revocation: '/oauth2/revoke',
  },
  ttl: {
    AccessToken: () => settings.access_ttl, DeviceCode: () => settings.device_ttl,
    Grant: 86400, Interaction: 600, RefreshToken: 86400, Session: 86400,
  },
});

async function tellSynapse(path, body) {
  const answer = await fetch(`${settings.homeserver}/_synapse/mas/${path}`, {
    method: 'POST', body: JSON.stringify(body),
    headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${settings.secret}` },
  });
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
}

async function bodyOf(ctx) {
  const parts = [];
  for await (const part of ctx.req) parts.push(part);
  return Buffer.concat(parts).toString();
}

// What any of MAS, tuwunel and continuwuity refuses in a registration.
function refusal({ client_uri, application_type, redirect_uris = [], grant_types = [], response_types = [] }) {
  const loopback = (uri) => /^http:\/\/(127\.0\.0\.1|\[::1\]|localhost)\/[^#]*$/.test(uri);
  if (!/^https:\/\/[^/@:]+\.[^/@:]+/.test(client_uri ?? '')) return ['invalid_client_metadata', 'client_uri must be an https URL'];
  if (!redirect_uris.length) return ['invalid_redirect_uri', 'redirect_uris must not be empty'];
  if (application_type !== 'native' || !redirect_uris.every(loopback)) return ['invalid_redirect_uri', 'only native loopback http, without a port'];
  if (!['authorization_code', 'refresh_token'].every((type) => grant_types.includes(type))) return ['invalid_client_metadata', 'grant_types'];
  if (!response_types.includes('code')) return ['invalid_client_metadata', 'response_types must include code'];
  return undefined;
}

// Rotated refresh tokens by the access tokens whose first use ends them.
const rotated = new Map();

async function introspect(ctx) {
  if (ctx.get('authorization') !== `Bearer ${settings.secret}`) return void (ctx.status = 401);
  const token = await provider.AccessToken.find(new URLSearchParams(await bodyOf(ctx)).get('token'));
  await rotated.get(token?.jti)?.consume();
  rotated.delete(token?.jti);
  ctx.body = token?.isValid
    ? { active: true, scope: token.scope, username: token.accountId, sub: token.accountId, expires_in: token.remainingTTL }
    : { active: false };
}

// Says yes or no to a code, as a person in a browser would.
async function decide({ user_code, user, deny }) {
  const code = await provider.DeviceCode.findByUserCode(user_code.replace(/\W/g, '').toUpperCase());
  if (!code) return { ok: false };
  if (deny) {
    Object.assign(code, { error: 'access_denied', errorDescription: 'End-User aborted interaction' });
  } else {
    const grant = new provider.Grant({ accountId: user, clientId: code.clientId });
    const { scope } = code.params;
    grant.addResourceScope(settings.homeserver, scope);
    Object.assign(code, { accountId: user, grantId: await grant.save(), scope, resource: settings.homeserver, authTime: 0 });
  }
  await code.save();
  return { ok: true };
}

provider.use(async (ctx, next) => {
  if (ctx.path === '/oauth2/introspect') return introspect(ctx);
  if (ctx.path === '/test/set') return void (ctx.body = Object.assign(settings, JSON.parse(await bodyOf(ctx))));
  if (ctx.path === '/test/decide') return void (ctx.body = await decide(JSON.parse(await bodyOf(ctx))));
  if (ctx.path === '/oauth2/token' && settings.fail_token > 0) {
    settings.fail_token -= 1;
    return void Object.assign(ctx, { status: 502, body: '<html>bad gateway</html>' });
  }
  if (ctx.path === '/oauth2/registration') {
    ctx.req.body = JSON.parse(await bodyOf(ctx));
    const [error, error_description] = refusal(ctx.req.body) ?? [];
    if (error) return void Object.assign(ctx, { status: 400, body: { error, error_description } });
  }
  await next();
  const { AccessToken: token, RefreshToken: refresh } = ctx.oidc?.entities ?? {};
  if (ctx.path === '/oauth2/token' && ctx.status === 200 && token) {
    if (ctx.oidc.params.grant_type === 'refresh_token') settings.refreshes += 1;
    const old = ctx.oidc.entities.RotatedRefreshToken;
    if (settings.grace && old) {
      old.consumed = undefined;
      await old.save();
      rotated.set(token.jti, old);
    }
    await tellSynapse('provision_user', { localpart: token.accountId });
    const device_id = deviceOf(token.scope);
    if (device_id) await tellSynapse('upsert_device', { localpart: token.accountId, device_id });
  }
  const ended = refresh ?? token;
  if (ctx.path === '/oauth2/revoke' && ended && !await provider.Grant.find(ended.grantId)) {
    const { accountId: localpart, scope } = ended;
    if (deviceOf(scope)) await tellSynapse('delete_device', { localpart, device_id: deviceOf(scope) });
  }
  if (ctx.path === '/oauth2/device' && !settings.complete) delete ctx.body.verification_uri_complete;
  if (ctx.body?.error === 'authorization_pending') {
    settings.pending += 1;
    ctx.status = settings.pending_status;
  }
});

createServer(provider.callback()).listen(settings.port, '127.0.0.1', () => console.log('ready'));
