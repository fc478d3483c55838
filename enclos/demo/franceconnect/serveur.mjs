// FranceConnect as a service provider sees it, played by oidc-provider, on which the real one is built too.
// For the demo and the tests: it listens to this machine alone. Settings come in one JSON text, FC_REGLAGES.
import { createHash, randomUUID } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';

import { DEFAUTS, DEFAUTS_DU_SERVEUR, defautDeLIdentite, defautDuJeton, defautDuRetour } from './defauts.mjs';
import { choix, echappe, page, sortie } from './pages.mjs';

const reglages = JSON.parse(process.env.FC_REGLAGES); // modules, port, cles, lenteur, clients
const exige = createRequire(`${reglages.modules}/ici.js`);
const { default: Provider, interactionPolicy } = exige('oidc-provider');
const jose = exige('jose');

const BASE = '/api/v2';
const origine = `http://127.0.0.1:${reglages.port}`;
const personnes = new Map(JSON.parse(readFileSync(new URL('personnes.json', import.meta.url))).map((une) => [une.cle, une]));
const defauts = new Map(); // grant -> what must go wrong with it
let duServeur = '';

// --- keys: kept from one run to the next, so that a token given before still ends its session

async function tire(alg) {
  const { privateKey } = await jose.generateKeyPair(alg, { extractable: true });
  return { ...(await jose.exportJWK(privateKey)), alg, use: 'sig', kid: `${alg}-${randomUUID().slice(0, 8)}` };
}
let jwks;
if (reglages.cles && existsSync(reglages.cles)) {
  jwks = JSON.parse(readFileSync(reglages.cles));
} else {
  jwks = { keys: [await tire('ES256'), await tire('RS256')] };
  if (reglages.cles) writeFileSync(reglages.cles, JSON.stringify(jwks), { mode: 0o600 });
}
const cles = {};
const publiees = [];
async function garde(nom, jwk, estPubliee) {
  cles[nom] = { alg: jwk.alg, kid: jwk.kid, privee: await jose.importJWK(jwk, jwk.alg) };
  const { d, p, q, dp, dq, qi, ...publique } = jwk;
  if (estPubliee) publiees.push(publique);
}
for (const jwk of jwks.keys) await garde(jwk.alg, jwk, true);
await garde('inconnue', await tire('ES256'), false);
const deRechange = await Promise.all(Array.from({ length: 8 }, () => tire('ES256')));
for (const jwk of deRechange) await garde(jwk.kid, jwk, false);
const outils = {
  jose, cles, secret: reglages.clients[0].secret,
  /** A key nobody has seen yet, published from now on. */
  nouvelle() {
    const { d, ...publique } = deRechange[0];
    deRechange.push(deRechange.shift());
    if (!publiees.some(({ kid }) => kid === publique.kid)) publiees.push(publique);
    return publique.kid;
  },
};

// --- the provider, with FranceConnect's addresses, lifetimes and claims

const { base, Check } = interactionPolicy;
const politique = base();
politique.get('login').checks.add(new Check('toujours', 'Chacun dit qui il est à chaque fois', 'login_required',
  ({ oidc }) => (oidc.result?.login ? Check.NO_NEED_TO_PROMPT : Check.REQUEST_PROMPT)));

const provider = new Provider(`${origine}${BASE}`, {
  jwks,
  clients: reglages.clients.map(({ id, secret, retour, sortie: apres }) => ({
    client_id: id, client_secret: secret, redirect_uris: [retour], post_logout_redirect_uris: apres ? [apres] : [],
    grant_types: ['authorization_code'], response_types: ['code'], subject_type: 'pairwise', token_endpoint_auth_method: 'client_secret_post',
    id_token_signed_response_alg: 'ES256', userinfo_signed_response_alg: 'ES256',
  })),
  clientAuthMethods: ['client_secret_post'],
  subjectTypes: ['pairwise'],
  pairwiseIdentifier: (ctx, accountId, client) => `${createHash('sha256').update(`${client.clientId} ${accountId}`).digest('hex')}v1`,
  acrValues: ['eidas1'],
  scopes: ['openid'],
  responseTypes: ['code'],
  pkce: { required: () => false },
  claims: {
    acr: null, amr: null, auth_time: null, iss: null, sid: null, openid: ['sub'],
    given_name: ['given_name'], family_name: ['family_name'], birthdate: ['birthdate'], gender: ['gender'], birthplace: ['birthplace'],
    birthcountry: ['birthcountry'], preferred_username: ['preferred_username'], email: ['email'],
    profile: ['given_name', 'given_name_array', 'family_name', 'birthdate', 'gender', 'preferred_username'],
    birth: ['birthplace', 'birthcountry'],
    identite_pivot: ['given_name', 'given_name_array', 'family_name', 'birthdate', 'gender', 'birthplace', 'birthcountry'],
    uid: ['uid'], usual_name: ['usual_name'], siret: ['siret'],
  },
  features: {
    devInteractions: { enabled: false }, jwtUserinfo: { enabled: true }, claimsParameter: { enabled: true }, revocation: { enabled: true },
    rpInitiatedLogout: { enabled: true, logoutSource: (ctx, formulaire) => { ctx.type = 'html'; ctx.body = sortie(formulaire); } },
  },
  routes: { authorization: '/authorize', token: '/token', userinfo: '/userinfo', jwks: '/jwks', end_session: '/session/end', revocation: '/token/revocation' },
  ttl: { AuthorizationCode: 30, AccessToken: 60, IdToken: 60, Interaction: 600, Session: 600, Grant: 600 },
  interactions: { policy: politique, url: (ctx, { uid }) => `/choix/${uid}` },
  cookies: { keys: [randomUUID()] },
  findAccount: (ctx, cle) => ({ accountId: cle, claims: () => ({ sub: cle, ...personnes.get(cle)?.identite }) }),
  renderError: (ctx, dit) => { ctx.type = 'html'; ctx.body = page('La demande est refusée', `<p>${echappe(dit.error)} : ${echappe(dit.error_description ?? '')}</p>`); },
});

const attend = (ms) => new Promise((fin) => { setTimeout(fin, ms); });

provider.use(async (ctx, next) => {
  if (ctx.path === '/.well-known/openid-configuration' && duServeur === 'decouverte-panne') { ctx.status = 500; return; }
  if (ctx.path === '/jwks' && duServeur === 'cles-panne') { ctx.status = 500; return; }
  await next();
  const defaut = defauts.get((ctx.oidc?.entities?.AuthorizationCode ?? ctx.oidc?.entities?.AccessToken)?.grantId) ?? '';
  if (ctx.path === '/.well-known/openid-configuration' && duServeur === 'decouverte-emetteur') ctx.body.issuer = 'https://ailleurs.example/api/v2';
  if (ctx.path === '/jwks') ctx.body = { keys: publiees };
  if (ctx.path === '/userinfo' && ctx.status === 200) await defautDeLIdentite(defaut, ctx, outils);
  if (ctx.path !== '/token') return;
  if (defaut === 'lenteur') await attend(reglages.lenteur ?? 20_000);
  if (defaut === 'panne') { ctx.status = 500; ctx.body = 'panne'; }
  if (defaut === 'code-perime') { ctx.status = 400; ctx.body = { error: 'invalid_grant', error_description: 'grant request is invalid' }; }
  if (ctx.status === 200) ctx.body.id_token = await defautDuJeton(defaut, ctx.body.id_token, outils);
  if (ctx.status === 400) ctx.body.error_uri = `https://docs.example/erreurs?code=Y049E20B&id=${randomUUID()}`;
});

// --- who one is: a page, or at once when the portal says whom

async function corps(req) {
  let texte = '';
  for await (const morceau of req) texte += morceau;
  return new URLSearchParams(texte);
}

async function termine(req, res, demande, cle, defaut) {
  const { params } = demande;
  if (!personnes.has(cle)) {
    return provider.interactionFinished(req, res, { error: 'access_denied', error_description: 'User auth aborted' });
  }
  if (defaut === 'retour-erreur') {
    return provider.interactionFinished(req, res, { error: 'server_error', error_description: 'authentication aborted due to a technical error (Y500001)' });
  }
  const grant = new provider.Grant({ accountId: cle, clientId: params.client_id });
  grant.addOIDCScope(params.scope);
  grant.addOIDCClaims(['amr', 'acr', 'auth_time']);
  const grantId = await grant.save();
  defauts.set(grantId, defaut);
  const login = { accountId: cle, acr: 'eidas1', amr: personnes.get(cle).amr ?? ['pwd'], remember: true };
  return provider.interactionFinished(req, res, { login, consent: { grantId } });
}

async function repond(req, res) {
  const chemin = req.url.split('?')[0];
  if (chemin.startsWith('/choix/')) {
    const demande = await provider.interactionDetails(req, res);
    const visibles = [...personnes.values()].filter(({ pour }) => pour === (reglages.clients.find(({ id }) => id === demande.params.client_id)?.pour));
    if (req.method === 'POST') {
      const champs = await corps(req);
      const defaut = champs.get('defaut') ?? '';
      return termine(req, res, demande, champs.get('personne'), defaut in DEFAUTS ? defaut : '');
    }
    const annoncee = demande.params.login_hint;
    if (visibles.some(({ cle }) => cle === annoncee)) return termine(req, res, demande, annoncee, '');
    res.setHeader('Content-Type', 'text/html; charset=utf-8');
    return res.end(choix(demande.uid, visibles, DEFAUTS));
  }
  if (chemin === '/commande' && req.method === 'POST') {
    const voulu = (await corps(req)).get('defaut') ?? '';
    duServeur = DEFAUTS_DU_SERVEUR.includes(voulu) ? voulu : '';
    return res.end('ok');
  }
  if (chemin.startsWith(BASE)) {
    // The way back carries the fault, which oidc-provider knows nothing of.
    const envoie = res.writeHead;
    res.writeHead = (...arguments_) => {
      const lieu = res.getHeader('Location');
      const grantId = lieu?.includes('code=') && retenu.get(new URL(lieu).searchParams.get('code'));
      if (grantId) res.setHeader('Location', defautDuRetour(defauts.get(grantId) ?? '', lieu));
      return envoie.apply(res, arguments_);
    };
    req.originalUrl = req.url;
    req.url = req.url.slice(BASE.length) || '/';
    return provider.callback()(req, res);
  }
  res.statusCode = 404;
  res.setHeader('Content-Type', 'text/html; charset=utf-8');
  return res.end(page('Rien ici', `<p>Ce programme joue FranceConnect pour la démonstration.</p>`));
}

const retenu = new Map(); // code -> grant
provider.on('authorization_code.saved', (code) => { retenu.set(code.jti, code.grantId); });

createServer((req, res) => {
  repond(req, res).catch((erreur) => {
    res.statusCode = erreur.statusCode ?? 500;
    res.setHeader('Content-Type', 'text/html; charset=utf-8');
    res.end(page('Cette demande n’existe plus', `<p>${echappe(erreur.error_description ?? erreur.message)}</p>`));
  });
}).listen(reglages.port, '127.0.0.1', () => { process.stdout.write('prêt\n'); });
