// A certified OpenID provider (npm oidc-provider), set up the way the viewer needs it, for one test.
//
// It reads one line of JSON: the viewer's address, its public key, and the people who can sign in, each with the
// claims of their UserInfo. It prints one line of JSON, its issuer, and ends when its input does.
// Rule: what it decides is its own. Its pages are ours, as at every installation.

import { generateKeyPairSync } from 'node:crypto';
import { createServer } from 'node:http';
import { createInterface } from 'node:readline';
import Provider from 'oidc-provider';

const CLAIMS = ['nhsid_useruid', 'nhsid_nrbac_roles', 'nhsid_user_orgs', 'selected_roleid'];
const SCOPES = ['openid', 'profile', 'email', 'nhsperson', 'associatedorgs', 'nationalrbacaccess', 'selectedrole'];

const lines = createInterface({ input: process.stdin });
lines.once('line', (line) => start(JSON.parse(line)));
lines.once('close', () => process.exit(0));

function start({ viewer, key, people }) {
  const server = createServer();
  server.listen(0, '127.0.0.1', () => {
    const issuer = `http://localhost:${server.address().port}`;
    const provider = new Provider(issuer, configuration(viewer, key, people));
    server.on('request', (request, response) => answer(provider, request, response));
    console.log(JSON.stringify({ issuer }));
  });
}

function configuration(viewer, key, people) {
  return {
    clients: [{
      client_id: 'trustline',
      token_endpoint_auth_method: 'private_key_jwt',
      token_endpoint_auth_signing_alg: 'RS256',
      id_token_signed_response_alg: 'RS256',
      jwks: { keys: [key] },
      redirect_uris: [`${viewer}/sign-in/return`],
      post_logout_redirect_uris: [`${viewer}/sign-out`],
      backchannel_logout_uri: `${viewer}/sign-out/back-channel`,
      backchannel_logout_session_required: true,
      require_auth_time: true,
    }],
    jwks: { keys: [signingKey()] },
    cookies: { keys: ['of this one test'] },
    pkce: { required: () => true },
    scopes: SCOPES,
    acrValues: ['AAL3_ANY', 'AAL2_OR_AAL3_ANY'],
    claims: { openid: ['sub'], profile: ['name'], nhsperson: CLAIMS, acr: null, auth_time: null, iss: null, sid: null },
    clientAuthSigningAlgValues: ['RS256'],
    features: {
      devInteractions: { enabled: false },
      backchannelLogout: { enabled: true },
      rpInitiatedLogout: { enabled: true, logoutSource: (ctx, form) => { ctx.body = form; } },
    },
    interactions: { url: (ctx, interaction) => `/interaction/${interaction.uid}` },
    findAccount: (ctx, id) => people[id] && { accountId: id, claims: () => ({ ...people[id], sub: id }) },
    loadExistingGrant,
    // Its own guard refuses every address of this machine, where the viewer of a test is.
    fetch: (url, { dispatcher: _guard, ...options }) => fetch(url, options),
  };
}

function signingKey() {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  return { ...privateKey.export({ format: 'jwk' }), kid: 'peer', use: 'sig', alg: 'RS256' };
}

// Whoever works for the partnership has agreed to its sign-in; they are not asked again at each.
async function loadExistingGrant(ctx) {
  const { client, session, provider } = ctx.oidc;
  const known = session.grantIdFor(client.clientId);
  if (known) return provider.Grant.find(known);
  const grant = new provider.Grant({ clientId: client.clientId, accountId: session.accountId });
  grant.addOIDCScope(SCOPES.join(' '));
  await grant.save();
  return grant;
}

async function answer(provider, request, response) {
  const url = new URL(request.url, provider.issuer);
  if (!url.pathname.startsWith('/interaction/')) {
    provider.callback()(request, response);
    return;
  }
  const { prompt } = await provider.interactionDetails(request, response);
  const user = url.searchParams.get('user');
  if (!user) {
    response.end(`the person is asked: ${prompt.name}`);
    return;
  }
  const login = { accountId: user, acr: url.searchParams.get('acr') ?? 'AAL3_ANY' };
  await provider.interactionFinished(request, response, { login }, { mergeWithLastSubmission: false });
}
