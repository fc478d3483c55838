// What can go wrong with an identity provider, each behind a switch. The keys are what a page or a test chooses.

export const DEFAUTS = {
  '': 'Aucun : tout se passe bien',
  'rs256': 'Pas un défaut : signé en RS256',
  'rotation': 'Pas un défaut : signé par une clé toute nouvelle',
  'signature': 'Jeton : mauvaise signature',
  'cle-inconnue': 'Jeton : signé par une clé que personne n’a publiée',
  'alg-none': 'Jeton : sans signature',
  'alg-hs256': 'Jeton : signé avec le secret du client (HS256)',
  'emetteur': 'Jeton : d’un autre émetteur',
  'destinataire': 'Jeton : pour un autre service',
  'expire': 'Jeton : expiré',
  'futur': 'Jeton : daté de demain',
  'nonce': 'Jeton : d’une autre demande',
  'acr': 'Jeton : niveau trop faible',
  'identite-signature': 'Identité : mauvaise signature',
  'identite-sujet': 'Identité : de quelqu’un d’autre',
  'identite-emetteur': 'Identité : d’un autre émetteur',
  'identite-destinataire': 'Identité : pour un autre service',
  'identite-type': 'Identité : JSON sans signature',
  'identite-enorme': 'Identité : démesurée',
  'identite-panne': 'Identité : panne (500)',
  'retour-emetteur': 'Retour : d’un autre émetteur',
  'retour-sans-emetteur': 'Retour : émetteur absent',
  'retour-etat': 'Retour : d’une autre demande',
  'retour-erreur': 'Retour : erreur du fournisseur',
  'code-perime': 'Code périmé (plus de 30 secondes)',
  'panne': 'Panne (500)',
  'lenteur': 'Lenteur',
};

// Of the whole server, until told otherwise.
export const DEFAUTS_DU_SERVEUR = ['decouverte-emetteur', 'decouverte-panne', 'cles-panne'];

const clone = (jeton) => jeton.split('.').map((part, rang) => (rang < 2 ? JSON.parse(Buffer.from(part, 'base64url')) : part));
const code = (valeur) => Buffer.from(JSON.stringify(valeur)).toString('base64url');

/** The same token with other claims or headers, signed again by `cle` unless the fault is in the signature itself. */
async function refait(jeton, { jose, cles, secret }, change = {}, signe = 'ES256') {
  const [entete, contenu] = clone(jeton);
  Object.assign(contenu, change);
  if (signe === 'none') return `${code({ alg: 'none' })}.${code(contenu)}.`;
  if (signe === 'HS256') {
    return new jose.SignJWT(contenu).setProtectedHeader({ alg: 'HS256' }).sign(new TextEncoder().encode(secret));
  }
  const cle = cles[signe];
  return new jose.SignJWT(contenu).setProtectedHeader({ ...entete, alg: cle.alg, kid: cle.kid }).sign(cle.privee);
}

const abime = (jeton) => {
  const [entete, contenu, signature] = jeton.split('.');
  return [entete, contenu, (signature[0] === 'A' ? 'B' : 'A') + signature.slice(1)].join('.');
};

const maintenant = () => Math.floor(Date.now() / 1000);

export async function defautDuJeton(defaut, jeton, outils) {
  switch (defaut) {
    case 'rs256': return refait(jeton, outils, {}, 'RS256');
    case 'rotation': return refait(jeton, outils, {}, outils.nouvelle());
    case 'signature': return abime(jeton);
    case 'cle-inconnue': return refait(jeton, outils, {}, 'inconnue');
    case 'alg-none': return refait(jeton, outils, {}, 'none');
    case 'alg-hs256': return refait(jeton, outils, {}, 'HS256');
    case 'emetteur': return refait(jeton, outils, { iss: 'https://ailleurs.example/api/v2' });
    case 'destinataire': return refait(jeton, outils, { aud: 'un-autre-service' });
    case 'expire': return refait(jeton, outils, { iat: maintenant() - 3600, exp: maintenant() - 3540 });
    case 'futur': return refait(jeton, outils, { iat: maintenant() + 86400, exp: maintenant() + 86460 });
    case 'nonce': return refait(jeton, outils, { nonce: 'celui-d-une-autre-demande-0123456789' });
    case 'acr': return refait(jeton, outils, { acr: 'eidas0' });
    default: return jeton;
  }
}

export async function defautDeLIdentite(defaut, ctx, outils) {
  switch (defaut) {
    case 'rs256': ctx.body = await refait(ctx.body, outils, {}, 'RS256'); break;
    case 'identite-signature': ctx.body = abime(ctx.body); break;
    case 'identite-sujet': ctx.body = await refait(ctx.body, outils, { sub: 'a'.repeat(64) + 'v1' }); break;
    case 'identite-emetteur': ctx.body = await refait(ctx.body, outils, { iss: 'https://ailleurs.example/api/v2' }); break;
    case 'identite-destinataire': ctx.body = await refait(ctx.body, outils, { aud: 'un-autre-service' }); break;
    case 'identite-type': ctx.body = clone(ctx.body)[1]; ctx.type = 'application/json'; break;
    case 'identite-enorme': ctx.body = await refait(ctx.body, outils, { given_name: 'x'.repeat(5_000_000) }); ctx.type = 'application/jwt'; break;
    case 'identite-panne': ctx.status = 500; ctx.body = 'panne'; break;
    default:
  }
}

/** The address of the return, spoiled; the same when the fault is elsewhere. */
export function defautDuRetour(defaut, adresse) {
  const retour = new URL(adresse);
  switch (defaut) {
    case 'retour-emetteur': retour.searchParams.set('iss', 'https://ailleurs.example/api/v2'); break;
    case 'retour-sans-emetteur': retour.searchParams.delete('iss'); break;
    case 'retour-etat': retour.searchParams.set('state', 'celui-d-une-autre-demande-0123456789'); break;
    default:
  }
  return retour.href;
}
