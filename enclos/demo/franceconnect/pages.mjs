// The stand-in's own pages. They look like no public service: nobody must take them for the real one.

export const echappe = (texte) => String(texte).replace(/[&<>"']/g, (signe) => `&#${signe.charCodeAt(0)};`);

const STYLE = `
:root { color-scheme: light; font: 18px/1.5 Verdana, "DejaVu Sans", sans-serif; color: #1b2a3a; background: #f2f4fa; }
body { margin: 0; } header { background: #000091; color: #fff; padding: 1rem; } header p { margin: 0 auto; max-width: 40rem; }
main { max-width: 40rem; margin: 0 auto; padding: 1rem; } h1 { font-size: 1.5rem; line-height: 1.25; }
button { font: inherit; display: block; width: 100%; text-align: left; min-height: 3rem; margin: .5rem 0; padding: .5rem 1rem; border: 2px solid #000091; background: #fff; color: #000091; border-radius: 4px; cursor: pointer; }
button:hover { background: #e3e3fd; } button.second { border-color: #666; color: #3a3a3a; } a { color: #000091; }
:focus-visible { outline: 3px solid #0a76f6; outline-offset: 2px; } select { font: inherit; max-width: 100%; min-height: 2.75rem; } details { margin: 1.5rem 0; }`;

export function page(titre, corps) {
  return `<!doctype html><html lang="fr"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${echappe(titre)} – fournisseur de démonstration</title><link rel="icon" href="data:,"><style>${STYLE}</style></head><body>
<header><p><strong>Fournisseur d’identité de démonstration.</strong> Il joue FranceConnect ; toutes les personnes sont inventées.</p></header>
<main><h1>${echappe(titre)}</h1>${corps}</main></body></html>`;
}

/** Who one wants to be, and what should go wrong. */
export function choix(uid, personnes, defauts) {
  const boutons = personnes.map((une) => `<button name="personne" value="${echappe(une.cle)}">${echappe(une.libelle)}</button>`).join('');
  const options = Object.entries(defauts).map(([cle, libelle]) => `<option value="${cle}">${echappe(libelle)}</option>`).join('');
  return page('Qui êtes-vous ?', `<form method="post" action="/choix/${uid}">
<p>Choisissez une personne : son identité est envoyée au portail, comme le ferait FranceConnect.</p>${boutons}
<details><summary>Simuler un défaut</summary><p><label for="defaut">Ce qui ira mal</label><br><select id="defaut" name="defaut">${options}</select></p></details>
<button class="second" name="personne" value="">Renoncer et revenir au portail</button></form>`);
}

export function sortie(formulaire) {
  return page('Vous quittez FranceConnect', `${formulaire}<p>Votre session est fermée…</p>
<button type="submit" form="op.logoutForm" name="logout" value="yes">Continuer</button>
<script>const formulaire = document.getElementById('op.logoutForm'), oui = document.createElement('input');
Object.assign(oui, { type: 'hidden', name: 'logout', value: 'yes' }); formulaire.append(oui); formulaire.submit();</script>`);
}
