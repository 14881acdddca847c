// The pages of the provider: plain HTML forms, no script needed to sign in.
import type { ParameterizedContext } from 'koa'
import type { Account } from './accounts.ts'

const escapeHtml = (text: string) => text.replace(/[&<>"']/g, character => `&#${character.charCodeAt(0)};`)

const initials = ({ given_name, family_name }: Account) => `${given_name.charAt(0)}${family_name.charAt(0)}`

const backToShop = (shop: string) => `<a class="button" href="${shop}/">Back to Paperlane</a>`

function show(ctx: ParameterizedContext, { title, body, shop }: { title: string; body: string; shop: string }) {
	ctx.type = 'html'
	ctx.set(
		'Content-Security-Policy',
		// Chromium applies form-action to the redirects that follow a form, too.
		`default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; form-action 'self' ${shop}; frame-ancestors 'none'; base-uri 'none'`,
	)
	ctx.set('Referrer-Policy', 'no-referrer')
	ctx.body = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escapeHtml(title)} · Keyhouse</title>
<link rel="icon" href="/keyhouse.svg" type="image/svg+xml">
<link rel="stylesheet" href="/keyhouse.css">
</head>
<body>
<header><img src="/keyhouse.svg" alt="" width="28" height="28"> Keyhouse</header>
<main>
${body}
</main>
<footer>A demo identity provider on your own machine. No passwords, nothing leaves it.</footer>
</body>
</html>`
}

interface SignInPage {
	readonly shop: string
	readonly application: string
	readonly accounts: readonly Account[]
	/** Who is signed in at the provider already, when the application asked for a fresh sign-in. */
	readonly again: Account | undefined
	readonly hint: string | undefined
}

export function signInPage(ctx: ParameterizedContext, { shop, application, accounts, again, hint }: SignInPage) {
	const person = (account: Account, index: number) => `<li><button name="sub" value="${account.sub}" class="person hue-${index}"${
		account.sub === hint ? ' autofocus' : ''
	}>
<span class="initials" aria-hidden="true">${initials(account)}</span>
<span class="who"><strong>${account.name}</strong><small>${account.email}</small></span>
<span class="arrow" aria-hidden="true">→</span>
</button></li>`
	const note = again
		? `You are signed in as ${again.given_name}, and ${escapeHtml(application)} asks you to confirm who you are.`
		: 'Pick who you want to be.'
	show(ctx, {
		shop,
		title: `Sign in to ${application}`,
		body: `<p class="eyebrow">Sign in to</p>
<h1>${escapeHtml(application)}</h1>
<p class="note">${note}</p>
<form method="post">
<ul>${accounts.map(person).join('\n')}</ul>
<button name="cancel" value="yes" class="quiet">Cancel</button>
</form>`,
	})
}

/** Submits itself where the user has already said so in the application; asks otherwise. */
export function signOutPage(ctx: ParameterizedContext, { shop, form, wanted }: { shop: string; form: string; wanted: boolean }) {
	const id = 'op.logoutForm'
	const body = wanted
		? `<h1>Signing you out</h1>
<p class="note">One moment.</p>
${form.replace('</form>', '<input type="hidden" name="logout" value="yes"></form>')}
<noscript><button form="${id}" class="button">Sign out</button></noscript>
<script src="/sign-out.js"></script>`
		: `<h1>Sign out?</h1>
<p class="note">This ends your session at Keyhouse and in every application that uses it.</p>
${form}
<div class="choices">
<button form="${id}" name="logout" value="yes" class="button">Sign out</button>
<button form="${id}" class="quiet">Stay signed in</button>
</div>`
	show(ctx, { shop, title: 'Sign out', body })
}

export function signedOutPage(ctx: ParameterizedContext, { shop }: { shop: string }) {
	show(ctx, {
		shop,
		title: 'Signed out',
		body: `<h1>You are signed out</h1>\n<p class="note">See you soon.</p>\n${backToShop(shop)}`,
	})
}

interface ErrorPage {
	readonly shop: string
	readonly error: string
	readonly description: string | undefined
}

export function errorPage(ctx: ParameterizedContext, { shop, error, description }: ErrorPage) {
	show(ctx, {
		shop,
		title: 'Something is not right',
		body: `<p class="eyebrow">Error ${ctx.status}</p>
<h1>Something is not right</h1>
<p class="note">${escapeHtml(description ?? 'The request could not be understood.')}</p>
<p><code>${escapeHtml(error)}</code></p>
${backToShop(shop)}`,
	})
}
